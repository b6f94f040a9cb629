import Planish

/// The calls with all their outputs, on arrays: the compiler does not let two stored properties of one structure lend
/// out a mutable span at the same time, but it does let them be `inout` arguments.
extension LayerNorm<Float> {
  func forward(
    arrays x: [Float], weight: [Float]?, bias: [Float]?, y: inout [Float], mean: inout [Float], rstd: inout [Float]
  ) throws(LayerNormError) {
    try forward(
      x.span, weight: weight?.span, bias: bias?.span, into: y.mutableSpan, mean: mean.mutableSpan,
      rstd: rstd.mutableSpan)
  }

  func forward(
    inPlaceArray rows: inout [Float], weight: [Float]?, bias: [Float]?, mean: inout [Float], rstd: inout [Float]
  ) throws(LayerNormError) {
    try forward(
      inPlace: rows.mutableSpan, weight: weight?.span, bias: bias?.span, mean: mean.mutableSpan,
      rstd: rstd.mutableSpan)
  }

  func backward(
    arrays dy: [Float], x: [Float], weight: [Float]?, mean: [Float]?, rstd: [Float]?, dx: inout [Float],
    dweight: inout [Float], dbias: inout [Float]
  ) throws(LayerNormError) {
    try backward(
      dy.span, x: x.span, weight: weight?.span, mean: mean?.span, rstd: rstd?.span, dx: dx.mutableSpan,
      dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
  }

  func backward(
    inPlaceArray dy: inout [Float], x: [Float], weight: [Float]?, mean: [Float]?, rstd: [Float]?,
    dweight: inout [Float], dbias: inout [Float]
  ) throws(LayerNormError) {
    try backward(
      inPlace: dy.mutableSpan, x: x.span, weight: weight?.span, mean: mean?.span, rstd: rstd?.span,
      dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
  }
}
