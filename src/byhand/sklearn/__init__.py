"""byhand in scikit-learn: estimators that are trained by derived formulas, and linear models by their closed forms. Needs the extra ``sklearn``."""

from byhand.sklearn.linear import LinearRegression, Ridge
from byhand.sklearn.network import NetworkClassifier, NetworkRegressor

__all__ = ["LinearRegression", "NetworkClassifier", "NetworkRegressor", "Ridge"]
