import Benchmark
import Planish

private let shapes = [(1, 768), (128, 768), (4096, 768)]

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput], warmupIterations: 10, maxDuration: .seconds(1),
    maxIterations: 100_000)
  add("Float", Float.self) { Float($0) }
  add("Double", Double.self) { Double($0) }
  add("Float16", Float16.self) { Float16($0) }
  add("BFloat16", BFloat16.self) { BFloat16($0) }
}

/// Forward and backward of one element type, with spans and with arrays, on one thread.
private func add<Element: LayerNormElement>(
  _ name: String, _ type: Element.Type, _ element: @escaping @Sendable (Float) -> Element
) {
  for (rows, features) in shapes {
    let configuration = Benchmark.Configuration(scalingFactor: rows * features < 100_000 ? .kilo : .one)

    Benchmark("forward \(name) \(rows)x\(features)", configuration: configuration) { benchmark in
      try ThreadLimit(1).use()
      let norm = try LayerNorm<Element>(features: features)
      let x = (0..<rows * features).map { element(Float($0 * 37 % 127 - 63) / 64) }
      var y = x
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { try norm.forward(x.span, into: y.mutableSpan) }
      benchmark.stopMeasurement()
      blackHole(y)
    }

    Benchmark("forward, new array \(name) \(rows)x\(features)", configuration: configuration) { benchmark in
      try ThreadLimit(1).use()
      let norm = try LayerNorm<Element>(features: features)
      let x = (0..<rows * features).map { element(Float($0 * 37 % 127 - 63) / 64) }
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(try norm.forward(x)) }
    }

    Benchmark("backward \(name) \(rows)x\(features)", configuration: configuration) { benchmark in
      try ThreadLimit(1).use()
      let norm = try LayerNorm<Element>(features: features)
      let x = (0..<rows * features).map { element(Float($0 * 37 % 127 - 63) / 64) }
      let (dy, statistics) = try norm.forwardWithStatistics(x)
      var (dx, dweight, dbias) = (x, Array(x.prefix(features)), Array(x.prefix(features)))
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        try norm.backward(
          dy.span, x: x.span, mean: statistics.mean.span, rstd: statistics.rstd.span, dx: dx.mutableSpan,
          dweight: dweight.mutableSpan, dbias: dbias.mutableSpan)
      }
      benchmark.stopMeasurement()
      blackHole((dx, dweight, dbias))
    }
  }
}
