// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// A package of its own, so that users of the library inherit nothing of it.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "contender", targets: ["contender"])],
    dependencies: [.package(name: "swift-wide-resnet", path: "..")],
    targets: [
        // I multiply and add in registers, as fast as a core can, and do nothing else.
        .target(name: "CPeak", cSettings: [.treatAllWarnings(as: .error)]),
        // I run our engine when asked, as the rivals' processes run theirs.
        .executableTarget(
            name: "contender",
            dependencies: [
                "CPeak", .product(name: "WideResNets", package: "swift-wide-resnet"),
            ],
            swiftSettings: strict),
    ]
)
