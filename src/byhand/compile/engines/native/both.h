/* The kernels and the steps for both types, with the instructions that this file is compiled for. */
#include "tape.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BH_BITS 32
#define BH_SUFFIX f32
#include "../../kernels/kernels.h"
#include "pass.h"
#include "run.h"
#include "small.h"
#undef BH_BITS
#undef BH_SUFFIX

#define BH_BITS 64
#define BH_SUFFIX f64
#include "../../kernels/kernels.h"
#include "pass.h"
#include "run.h"
#include "small.h"

const bt_engine ENGINE[2] = {
    {ENGINE_NAME, bh_bt_run_step_f32, bh_bt_run_scratch_f32, bh_bt_small_plan_f32, bh_bt_small_run_f32},
    {ENGINE_NAME, bh_bt_run_step_f64, bh_bt_run_scratch_f64, bh_bt_small_plan_f64, bh_bt_small_run_f64},
};
