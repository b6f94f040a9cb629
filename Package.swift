// swift-tools-version: 6.2
import PackageDescription

/// The kernels, compiled for one CPU level. One source folder, reached by a symbolic link per level; always optimized,
/// so that debug builds are usable too.
struct Level {
  let name: String
  let condition: String
  let march: String

  var target: Target {
    .target(
      name: "PlanishKernels\(name)",
      dependencies: ["CPlanishKernels"],
      path: "Sources/PlanishKernels\(name)",
      swiftSettings: strict + [
        .define("PLANISH_\(condition)"),
        .unsafeFlags([
          "-Ounchecked", "-wmo", "-num-threads", "2", "-disable-batch-mode", "-Xcc", "-march=\(march)", "-Xcc",
          "-ffp-contract=off",
        ]),
      ])
  }
}

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

#if arch(x86_64)
  let levels = [
    Level(name: "Baseline", condition: "BASELINE", march: "x86-64"),
    Level(name: "AVX2", condition: "AVX2", march: "x86-64-v3"),
    Level(name: "AVX512", condition: "AVX512", march: "x86-64-v4"),
  ]
#else
  let levels = [Level(name: "NEON", condition: "NEON", march: "armv8-a")]
#endif

let package = Package(
  name: "planish",
  products: [
    .library(name: "Planish", targets: ["Planish"])
  ],
  targets: [
    // What Swift cannot say, and the C API.
    .systemLibrary(name: "CPlanish", path: "include"),
    .systemLibrary(name: "CPlanishKernels", path: "Sources/CPlanishKernels"),
    .target(
      name: "CPlanishSystem", dependencies: ["CPlanish"],
      cSettings: [.headerSearchPath("../../include")]),

    // kernels <- core <- Swift API
    .target(
      name: "PlanishCore",
      dependencies: ["CPlanish", "CPlanishKernels", "CPlanishSystem"] + levels.map { .byName(name: $0.target.name) },
      swiftSettings: strict),
    .target(name: "Planish", dependencies: ["PlanishCore"], swiftSettings: strict),

    // The cases and reference loops that the tests of all languages share.
    .target(
      name: "CReference", path: "Tests/Reference",
      cSettings: [.unsafeFlags(["-ffp-contract=off"])]),
    .testTarget(
      name: "PlanishTests", dependencies: ["Planish", "CReference"], path: "Tests/Swift", swiftSettings: strict),
  ] + levels.map { $0.target }
)
