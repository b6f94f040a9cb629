// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the library's users need not fetch what only benchmarks need.
let package = Package(
  name: "planish-benchmarks",
  platforms: [.macOS(.v13)],
  dependencies: [
    // The name makes the folder's own name irrelevant.
    .package(name: "planish", path: "../.."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "LayerNorm",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"), .product(name: "Planish", package: "planish"),
      ],
      path: "Benchmarks/LayerNorm",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),

    // libplanish.so and the Swift library in one process.
    .systemLibrary(name: "CLibrary"),
    .executableTarget(
      name: "beside-c", dependencies: ["CLibrary", .product(name: "Planish", package: "planish")],
      path: "Sources/BesideC"),
  ]
)
