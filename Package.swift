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

/// The commit that is built, where whoever builds says so.
///
///     WRN_COMMIT=$(git rev-parse HEAD) swift build
///
/// `Context.gitInformation` is not asked again in each build, so it would name an earlier commit.
let commit = Context.environment["WRN_COMMIT"].flatMap { text in
    !text.isEmpty && text.allSatisfy(\.isHexDigit) ? text : nil
}

// Targets stand in dependency order: a room imports only rooms above it (Documentation/Map.md).
let package = Package(
    name: "swift-wide-resnet",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "WideResNets", targets: ["WideResNets"]),
        .executable(name: "wrn", targets: ["wrn"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.30.0"),
    ],
    targets: [
        // Ground floor: text and numbers.

        // I make text from outside fit for terminals, tables and pages, and know what a mistyped name may have meant.
        .target(name: "WRNText", swiftSettings: strict),
        // I compute tiles on raw pointers; I never allocate, lock, print or fail.
        .target(name: "CWRNKernels", exclude: ["templates"], cSettings: strictC),
        // I say what a block of numbers means: its shape, its element type and its owner.
        .target(name: "WRNTensor", swiftSettings: strict),
        // I give the same random numbers to whoever asks the same question.
        .target(name: "WRNRandom", swiftSettings: strict),
        // I am the only Swift that touches the C; I check once and run tiles on threads.
        .target(
            name: "WRNKernels", dependencies: ["CWRNKernels", "WRNTensor"], swiftSettings: strict),

        // The network as a value.

        // I describe a network as a value and prove it well-formed.
        .target(name: "WRNGraph", dependencies: ["WRNTensor"], swiftSettings: strict),
        // I turn the paper's words into graphs, and know the paper's numbers.
        .target(name: "WRNZoo", dependencies: ["WRNGraph", "WRNText"], swiftSettings: strict),
        // I show a graph to a person, and hold it against the paper.
        .target(
            name: "WRNInspect", dependencies: ["WRNGraph", "WRNTensor", "WRNText", "WRNZoo"],
            swiftSettings: strict),
        // I lower a graph to fused steps and one arena, and run it forward and backward.
        .target(
            name: "WRNPlan", dependencies: ["WRNGraph", "WRNKernels", "WRNRandom", "WRNTensor"],
            swiftSettings: strict),

        // Bytes.

        // I am the system's zlib.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // I walk through untrusted bytes: files, archives, compression, pickles.
        .target(name: "WRNArchive", dependencies: ["CZlib", "WRNText"], swiftSettings: strict),

        // Pictures.

        // I am the system's libjpeg-turbo.
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        // I am the system's libspng.
        .systemLibrary(name: "CSPNG", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),
        // I am the system's libwebp.
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        // I read JPEG with libjpeg, and make codes of its long jumps, which must not cross Swift.
        .target(
            name: "CWRNJPEG",
            dependencies: [.target(name: "CJPEG", condition: .when(platforms: [.linux]))],
            cSettings: strictC),
        // I turn image files into pixels as Pillow does, and pixels into other pixels.
        .target(
            name: "WRNImages",
            dependencies: [
                "WRNArchive", "WRNKernels", "WRNText",
                .target(name: "CWRNJPEG", condition: .when(platforms: [.linux])),
                .target(name: "CSPNG", condition: .when(platforms: [.linux])),
                .target(name: "CWebP", condition: .when(platforms: [.linux])),
            ],
            swiftSettings: strict),

        // Weights.

        // I turn untrusted bytes into named tensors, or into a precise complaint; and back.
        .target(
            name: "WRNCheckpoint", dependencies: ["WRNArchive", "WRNTensor", "WRNText"],
            swiftSettings: strict),
        // I am the weights that come with the package.
        .target(
            name: "CWRNBundledModel", exclude: ["wrn-16-2-cifar10.safetensors"],
            cSettings: strictC),
        // I join a graph with its weights, and give both back.
        .target(
            name: "WRNModel",
            dependencies: [
                "CWRNBundledModel", "WRNCheckpoint", "WRNGraph", "WRNImages", "WRNRandom",
                "WRNTensor", "WRNText",
            ],
            swiftSettings: strict),
        // I read other people's weights: which network they are, and what its tensors are called there.
        .target(
            name: "WRNDialects",
            dependencies: [
                "WRNCheckpoint", "WRNGraph", "WRNInspect", "WRNTensor", "WRNText", "WRNZoo",
            ],
            swiftSettings: strict),

        // Data.

        // I am the system's libcrypto.
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // I am the images that come with the package.
        .target(
            name: "CWRNBundledImages",
            exclude: [
                "LICENSE-Fashion-MNIST.txt", "t10k-images-idx3-ubyte.gz",
                "t10k-labels-idx1-ubyte.gz", "train-images-idx3-ubyte.gz",
                "train-labels-idx1-ubyte.gz",
            ],
            cSettings: strictC),
        // I am the system's libcurl.
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        // I ask a server over HTTP, and hand on what it sends as it is, piece by piece.
        .target(name: "CWRNHTTP", dependencies: ["CCurl"], cSettings: strictC),
        // I turn image files and data sets into batches, the same ones for the same seed.
        .target(
            name: "WRNData",
            dependencies: [
                "CWRNBundledImages", "CWRNHTTP", "WRNArchive", "WRNImages", "WRNRandom", "WRNText",
                .target(name: "CCrypto", condition: .when(platforms: [.linux])),
            ],
            swiftSettings: strict),

        // I fetch other people's weights: whole, verified, once.
        .target(
            name: "WRNHub", dependencies: ["WRNArchive", "WRNData", "WRNImages", "WRNText"],
            swiftSettings: strict),

        // Answers.

        // I answer what is in an image: a model, its preprocessing and a planned engine.
        .target(
            name: "WRNInference",
            dependencies: [
                "WRNArchive", "WRNCheckpoint", "WRNData", "WRNDialects", "WRNGraph", "WRNImages",
                "WRNModel", "WRNPlan", "WRNRandom", "WRNTensor", "WRNText", "WRNZoo",
            ],
            swiftSettings: strict),

        // Training.

        // I say which commit the program was built from, where that is known.
        .target(
            name: "CWRNBuild",
            cSettings: strictC + (commit.map { [.define("WRN_COMMIT", to: "\"\($0)\"")] } ?? [])),
        // I write event files that TensorBoard reads.
        .target(
            name: "WRNTensorBoard",
            dependencies: ["WRNCheckpoint", "WRNText"], swiftSettings: strict),
        // I move weights downhill, keep the record, and can be killed at any moment.
        .target(
            name: "WRNTraining",
            dependencies: [
                "CWRNBuild", "WRNArchive", "WRNCheckpoint", "WRNData", "WRNDialects", "WRNGraph",
                "WRNImages", "WRNInference", "WRNModel", "WRNPlan", "WRNTensor", "WRNTensorBoard",
                "WRNText", "WRNZoo",
            ],
            resources: [
                .embedInCode("Recipes/Files/paper-cifar.json"),
                .embedInCode("Recipes/Files/paper-svhn.json"),
                .embedInCode("Recipes/Files/paper-imagenet.json"),
                .embedInCode("Recipes/Files/modern.json"),
            ],
            swiftSettings: strict),
        // I write the report of a run: one page that needs nothing else.
        .target(
            name: "WRNReport",
            dependencies: [
                "WRNCheckpoint", "WRNData", "WRNGraph", "WRNImages", "WRNInference", "WRNInspect",
                "WRNModel", "WRNPlan", "WRNText", "WRNTraining",
            ],
            swiftSettings: strict),

        // The public face.

        // I am what a Swift program imports: all public rooms under one name, and their documentation.
        .target(
            name: "WideResNets",
            dependencies: [
                "WRNCheckpoint", "WRNData", "WRNDialects", "WRNGraph", "WRNHub", "WRNImages",
                "WRNInference", "WRNInspect", "WRNKernels", "WRNModel", "WRNPlan", "WRNReport",
                "WRNTensor", "WRNTraining", "WRNZoo",
            ],
            swiftSettings: strict),
        // I end the program with a sentence when there is no memory, where Swift would end it with a trap.
        .target(name: "CWRNMemory", cSettings: strictC),
        // I turn words into calls and errors into exit codes; no logic lives here.
        .executableTarget(
            name: "wrn",
            dependencies: [
                "CWRNMemory", "WRNArchive", "WRNCheckpoint", "WRNData", "WRNDialects", "WRNGraph",
                "WRNHub", "WRNImages", "WRNInference", "WRNInspect", "WRNKernels", "WRNModel",
                "WRNPlan", "WRNReport", "WRNTensor", "WRNText", "WRNTraining", "WRNZoo",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Tests, in the order of the rooms.

        // What the tests of several modules need.
        .target(name: "WRNTestSupport", path: "Tests/WRNTestSupport", swiftSettings: strict),
        // The messages of event files, generated, so that another encoder and decoder than ours reads what we write.
        .target(
            name: "WRNEventMessages",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            path: "Tests/WRNEventMessages", exclude: ["event.proto"], swiftSettings: strict),
        .testTarget(name: "WRNTextTests", dependencies: ["WRNText"], swiftSettings: strict),
        .testTarget(
            name: "WRNTensorTests", dependencies: ["WRNTensor"], swiftSettings: strict),
        .testTarget(
            name: "WRNRandomTests", dependencies: ["WRNRandom"], swiftSettings: strict),
        // The kernels' proofs are C, so that they also run where no Swift is: under an emulator, under sanitizers.
        .target(
            name: "CWRNKernelChecks", dependencies: ["CWRNKernels"],
            path: "Tests/CWRNKernelChecks", exclude: ["standalone"], cSettings: strictC),
        .testTarget(
            name: "WRNKernelsTests",
            dependencies: ["CWRNKernelChecks", "CWRNKernels", "WRNKernels"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNGraphTests", dependencies: ["WRNGraph", "WRNTensor"], swiftSettings: strict),
        .testTarget(
            name: "WRNZooTests", dependencies: ["WRNGraph", "WRNTensor", "WRNZoo"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNInspectTests", dependencies: ["WRNGraph", "WRNInspect", "WRNZoo"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNPlanTests",
            dependencies: [
                "WRNCheckpoint", "WRNGraph", "WRNKernels", "WRNPlan", "WRNRandom", "WRNTensor",
                "WRNZoo",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNCheckpointTests",
            dependencies: ["CZlib", "WRNArchive", "WRNCheckpoint", "WRNRandom", "WRNTensor"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNModelTests",
            dependencies: ["WRNCheckpoint", "WRNGraph", "WRNModel", "WRNTensor", "WRNZoo"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNDialectsTests",
            dependencies: [
                "WRNCheckpoint", "WRNDialects", "WRNGraph", "WRNModel", "WRNPlan", "WRNTensor",
                "WRNZoo",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNImagesTests", dependencies: ["WRNImages", "WRNKernels", "WRNRandom"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNDataTests",
            dependencies: ["WRNArchive", "WRNData", "WRNImages", "WRNRandom", "WRNTestSupport"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "WRNHubTests",
            dependencies: ["WRNData", "WRNHub", "WRNImages", "WRNTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNInferenceTests",
            dependencies: [
                "WRNCheckpoint", "WRNData", "WRNDialects", "WRNGraph", "WRNImages", "WRNInference",
                "WRNModel", "WRNPlan", "WRNTensor", "WRNZoo",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        // The examples of the documentation, which a test compares with the pages and runs.
        .executableTarget(
            name: "DocumentationExamples", dependencies: ["WideResNets"],
            path: "Tests/DocumentationExamples", swiftSettings: strict),
        .testTarget(
            name: "WideResNetsTests", dependencies: ["DocumentationExamples", "WideResNets"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNTensorBoardTests",
            dependencies: [
                "WRNEventMessages", "WRNTensorBoard",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNTrainingTests",
            dependencies: [
                "WRNData", "WRNEventMessages", "WRNGraph", "WRNImages", "WRNInference", "WRNModel",
                "WRNPlan", "WRNRandom", "WRNTensor", "WRNTensorBoard", "WRNTraining",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNReportTests",
            dependencies: [
                "WRNData", "WRNImages", "WRNInference", "WRNPlan", "WRNRandom", "WRNReport",
                "WRNTraining",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "WRNCheckpoint", "WRNData", "WRNDialects", "WRNGraph", "WRNImages", "WRNInference",
                "WRNInspect", "WRNKernels", "WRNModel", "WRNPlan", "WRNTensor", "WRNText",
                "WRNTraining", "WRNZoo", "wrn",
            ],
            exclude: ["Snapshots"], swiftSettings: strict),
    ]
)
