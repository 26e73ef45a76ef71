// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Swift 6 language mode comes with the tools version; these three make imports and existentials explicit.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let strictC: [CSetting] = [.treatAllWarnings(as: .error)]

// Targets stand in dependency order: a room imports only rooms above it (Documentation/Map.md).
let package = Package(
    name: "swift-wide-resnet",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "WRNZoo", targets: ["WRNZoo", "WRNRandom"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.0.0"..<"5.0.0"),
    ],
    targets: [
        // Ground floor: numbers.
        .target(name: "CWRNKernels", exclude: ["templates"], cSettings: strictC),
        .target(name: "WRNTensor", swiftSettings: strict),
        .target(name: "WRNRandom", swiftSettings: strict),

        // The network as a value.
        .target(name: "WRNGraph", dependencies: ["WRNTensor"], swiftSettings: strict),
        .target(name: "WRNZoo", dependencies: ["WRNGraph"], swiftSettings: strict),

        // Images.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "WRNData",
            dependencies: [
                "WRNRandom", "CZlib", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNDataTests", dependencies: ["WRNData", "WRNRandom"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
    ]
)
