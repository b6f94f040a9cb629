// swift-tools-version: 6.2
import PackageDescription

/// The kernels, compiled for one CPU level: one source folder, reached by a symbolic link for all levels but the plainest.
/// Always optimized, so that debug builds are usable too.
///
/// The plainest level has the first name: the linker keeps the first copy of what the compiler adds to every module,
/// and that must be one that every CPU can run. Tests/Swift/check_levels.py looks at what was linked.
struct Level {
  let suffix: String
  let condition: String
  let march: String

  var target: Target {
    .target(
      name: "PlanishKernels\(suffix)",
      dependencies: ["CPlanishKernels"],
      swiftSettings: strict + [
        .define("PLANISH_\(condition)"),
        .unsafeFlags(
          [
            "-Ounchecked", "-wmo", "-num-threads", "2", "-disable-batch-mode", "-Xcc", "-march=\(march)", "-Xcc",
            "-ffp-contract=off",
          ] + wholeVectors),
      ],
      linkerSettings: [.linkedLibrary("m")])
  }
}

/// Also where the compiler chooses: it prefers half of AVX-512's, and then what was written to memory in halves is waited for
/// when it is read as a whole.
#if arch(x86_64)
  let wholeVectors = ["-Xclang", "-target-feature", "-Xclang", "-prefer-256-bit"].flatMap { ["-Xcc", $0] }
#else
  let wholeVectors: [String] = []
#endif

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

#if arch(x86_64)
  let levels = [
    Level(suffix: "", condition: "BASELINE", march: "x86-64"),
    Level(suffix: "AVX2", condition: "AVX2", march: "x86-64-v3"),
    Level(suffix: "AVX512", condition: "AVX512", march: "x86-64-v4"),
  ]
#else
  let levels = [Level(suffix: "", condition: "NEON", march: "armv8-a")]
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
    // No type of another module can come into the API by mistake.
    .target(
      name: "Planish", dependencies: ["CPlanish", "PlanishCore"],
      swiftSettings: strict + [.enableUpcomingFeature("InternalImportsByDefault")]),

    // The cases and reference loops that the tests of all languages share.
    .target(
      name: "CReference", dependencies: ["CPlanish"], path: "Tests/Reference",
      cSettings: [.headerSearchPath("../../include"), .unsafeFlags(["-ffp-contract=off"])]),
    .testTarget(
      name: "PlanishTests", dependencies: ["Planish", "CReference"], path: "Tests/Swift",
      exclude: ["check_levels.py", "consumer.py", "Consumer"], swiftSettings: strict),
  ] + levels.map { $0.target }
)
