"""Formulas as answers: read with the names of the sheet, proved equal or refuted, chains of equalities, and slips that explain them."""
