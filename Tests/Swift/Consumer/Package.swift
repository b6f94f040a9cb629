// swift-tools-version: 6.2
import PackageDescription

// A program that uses Planish as its users do: by address and version. ../consumer.py builds it.
let package = Package(
  name: "consumer",
  dependencies: [
    .package(url: Context.environment["PLANISH_URL"] ?? "", from: "0.1.0")
  ],
  targets: [
    .executableTarget(
      name: "consumer", dependencies: [.product(name: "Planish", package: "planish")],
      swiftSettings: [.treatAllWarnings(as: .error), .strictMemorySafety()]),
    // A copy of the example.
    .executableTarget(
      name: "charlm", dependencies: [.product(name: "Planish", package: "planish")],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ]
)
