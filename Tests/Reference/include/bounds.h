/*
 * How far a float32 result may lie from the reference. The same numbers are in Tests/Python/reference.py.
 *
 * u is the largest relative error of one rounding to float. LEAST is the smallest float: what rounding can cost a
 * result that is subnormal.
 */
#ifndef PLANISH_BOUNDS_H
#define PLANISH_BOUNDS_H

#include <math.h>
#include <stdbool.h>

#define U 0x1p-24
#define LEAST 0x1p-149

/*
 * xhat: 4 units (the promise), shared by the distance from the mean, the mean's own error, rstd's and the product's.
 * Weight and bias: the weight scales that error, and one fused multiply-add rounds once more.
 */
static inline double y_bound(double y, double xhat, double weight, bool affine) {
  return 4 * U * fmax(1, fabs(xhat)) * fabs(weight) + (affine ? U * fabs(y) : 0) + LEAST;
}

/* One rounding of the mean to float, and the average of the distances from a nearby pivot, which are of std's size. */
static inline double mean_bound(double mean, double std) { return U * fabs(mean) + 4 * U * std + LEAST; }

/* Half of the variance's relative error, a square root, a division and a rounding. */
static inline double rstd_bound(double rstd) { return 4 * U * rstd + LEAST; }

/*
 * The rounding of rstd to float, in u. Rows close to FLT_MAX have a subnormal rstd, with fewer digits; the gradients
 * are made from it, because that is what forward hands to backward.
 */
static inline double rounding_of(double rstd) { return fmax(1, 0x1p-126 / rstd); }

/*
 * scale is rstd * (|g| + avg|g| + max(1, |xhat|) * avg(|g| * max(1, |xhat|))): each term with all signs made equal,
 * so that nothing cancels. Sums are short (a few adds in each of 64 lanes); xhat is 4 units off where it is worst, not
 * everywhere at once: 8 in all.
 */
static inline double dx_bound(double scale) { return 8 * U * scale + LEAST; }

/*
 * scale is the sum over rows of |dy| * max(1, |xhat|), or of |dy|: 4 units from xhat, 4 from adding up a panel of rows
 * in float, and one rounding of the result.
 */
static inline double dweight_bound(double dweight, double scale) { return U * (8 * scale + fabs(dweight)) + LEAST; }
static inline double dbias_bound(double dbias, double scale) { return U * (8 * scale + fabs(dbias)) + LEAST; }

#endif
