// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "examples",
  dependencies: [
    // The name makes the folder's own name irrelevant. From elsewhere: .package(url: …, from: …)
    .package(name: "planish", path: "../..")
  ],
  targets: [
    .executableTarget(name: "minilm", dependencies: [.product(name: "Planish", package: "planish")]),
    .executableTarget(name: "charlm", dependencies: [.product(name: "Planish", package: "planish")]),
  ],
  swiftLanguageModes: [.v6]
)
