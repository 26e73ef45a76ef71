// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Swift 6 language mode comes with the tools version; these three make imports and existentials
/// explicit.
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

// Targets stand in the order of their dependencies, in the groups that are the folders of Sources:
// a module imports only modules above it (Documentation/Map.md).
let package = Package(
    name: "swift-wide-resnet",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "WideResNets", targets: ["WideResNets"]),
        .executable(name: "wrn", targets: ["wrn"]),
        // The server stands apart, so that neither the library nor `wrn` compiles a web server.
        .library(name: "WRNServing", targets: ["WRNServing"]),
        .executable(name: "wrn-serve", targets: ["wrn-serve"]),
    ],
    traits: [
        .trait(
            name: "MPI", description: "Training by several processes on one or more machines.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.30.0"),
        // Of the server only (decision 25). Its traits add a reader of configurations.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: Base

        // Text from outside escaped for terminals, tables, pages and shells; numbers in words;
        // suggestions for mistyped names; and the one shape of all errors.
        .target(name: "WRNText", path: "Sources/Base/WRNText", swiftSettings: strict),
        // Messages of protocol buffers, written and read.
        .target(name: "WRNProtobuf", path: "Sources/Base/WRNProtobuf", swiftSettings: strict),
        // The system's libcrypto.
        .systemLibrary(
            name: "CCrypto", path: "Sources/Base/CCrypto", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]),
        // Files: checked reads at offsets, atomic and append-only writes, digests, kinds of files
        // by their first bytes, system errors in words.
        .target(
            name: "WRNFiles",
            dependencies: [
                "WRNText", .target(name: "CCrypto", condition: .when(platforms: [.linux])),
            ],
            path: "Sources/Base/WRNFiles", swiftSettings: strict),
        // Tensors: blocks of numbers with a shape, an element type and an owner.
        .target(name: "WRNTensor", path: "Sources/Base/WRNTensor", swiftSettings: strict),
        // Counter-based random numbers: the same ones for the same seed, purpose and index.
        .target(name: "WRNRandom", path: "Sources/Base/WRNRandom", swiftSettings: strict),
        // Threads of the system that run one closure and are joined, and the lock that they share.
        .target(name: "WRNThreads", path: "Sources/Base/WRNThreads", swiftSettings: strict),
        // The processes that train one network together: sums over them in one fixed tree.
        .target(
            name: "WRNWorkers", dependencies: ["WRNText", "WRNThreads"],
            path: "Sources/Base/WRNWorkers", swiftSettings: strict),
        // The system's MPI: Open MPI, MPICH, or another.
        .systemLibrary(
            name: "CMPI", path: "Sources/Base/CMPI", pkgConfig: "mpi",
            providers: [.apt(["libopenmpi-dev"])]),
        // Messages by MPI, whose constants and handles Swift cannot use. Empty without the trait.
        .target(
            name: "CWRNMPI",
            dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))],
            path: "Sources/Base/CWRNMPI",
            cSettings: strictC + [.define("WRN_MPI", .when(traits: ["MPI"]))]),
        // The processes of an MPI job as workers.
        .target(
            name: "WRNMPI", dependencies: ["CWRNMPI", "WRNWorkers"], path: "Sources/Base/WRNMPI",
            swiftSettings: strict),

        // MARK: Network

        // The network as a value, a graph that is checked as it is built.
        .target(
            name: "WRNGraph", dependencies: ["WRNTensor", "WRNText"],
            path: "Sources/Network/WRNGraph",
            swiftSettings: strict),
        // The paper's networks and their names as graphs, and the paper's own numbers.
        .target(
            name: "WRNZoo", dependencies: ["WRNGraph", "WRNText"], path: "Sources/Network/WRNZoo",
            swiftSettings: strict),
        // Tables and drawings of a graph, and its comparison with the paper.
        .target(
            name: "WRNInspect", dependencies: ["WRNGraph", "WRNTensor", "WRNText", "WRNZoo"],
            path: "Sources/Network/WRNInspect",
            swiftSettings: strict),

        // MARK: Engine

        // The kernels: tiles computed on raw pointers, without allocating, locking, printing or
        // failing.
        .target(
            name: "CWRNKernels", path: "Sources/Engine/CWRNKernels", exclude: ["templates"],
            cSettings: strictC),
        // The operators: checked once, cut into tiles and run on threads by the kernels.
        .target(
            name: "WRNKernels", dependencies: ["CWRNKernels", "WRNTensor", "WRNThreads"],
            path: "Sources/Engine/WRNKernels", swiftSettings: strict),
        // A graph lowered to fused steps for any device, and the executors that devices make of it.
        .target(
            name: "WRNPlan", dependencies: ["WRNGraph", "WRNTensor", "WRNText", "WRNWorkers"],
            path: "Sources/Engine/WRNPlan",
            swiftSettings: strict),
        // The processor as a device: programs bound to kernels, weights and memory, and run forward
        // and backward.
        .target(
            name: "WRNEngine",
            dependencies: [
                "WRNGraph", "WRNKernels", "WRNPlan", "WRNRandom", "WRNTensor", "WRNWorkers",
            ],
            path: "Sources/Engine/WRNEngine", swiftSettings: strict),
        // The slow truth as a device: every node by its formula, in double precision.
        .target(
            name: "WRNReference",
            dependencies: ["WRNGraph", "WRNPlan", "WRNRandom", "WRNTensor", "WRNWorkers"],
            path: "Sources/Engine/WRNReference", swiftSettings: strict),

        // MARK: Images

        // The system's libjpeg-turbo.
        .systemLibrary(
            name: "CJPEG", path: "Sources/Images/CJPEG", pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg-dev"])]),
        // The system's libspng.
        .systemLibrary(
            name: "CSPNG", path: "Sources/Images/CSPNG", pkgConfig: "spng",
            providers: [.apt(["libspng-dev"])]),
        // The system's libwebp.
        .systemLibrary(
            name: "CWebP", path: "Sources/Images/CWebP", pkgConfig: "libwebp",
            providers: [.apt(["libwebp-dev"])]),
        // JPEG by libjpeg, whose long jumps, which must not cross Swift, become status codes.
        .target(
            name: "CWRNJPEG",
            dependencies: [.target(name: "CJPEG", condition: .when(platforms: [.linux]))],
            path: "Sources/Images/CWRNJPEG",
            cSettings: strictC,
            linkerSettings: [.linkedLibrary("jpeg", .when(platforms: [.linux]))]),
        // Image files to pixels, as Pillow decodes and resizes them.
        .target(
            name: "WRNImages",
            dependencies: [
                "WRNFiles", "WRNKernels", "WRNText",
                .target(name: "CWRNJPEG", condition: .when(platforms: [.linux])),
                .target(name: "CSPNG", condition: .when(platforms: [.linux])),
                .target(name: "CWebP", condition: .when(platforms: [.linux])),
            ], path: "Sources/Images/WRNImages",
            swiftSettings: strict),

        // MARK: Weights

        // The system's zlib.
        .systemLibrary(
            name: "CZlib", path: "Sources/Weights/CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]),
        // Readers of untrusted bytes: files, archives, compression, pickles.
        .target(
            name: "WRNArchive", dependencies: ["CZlib", "WRNFiles"],
            path: "Sources/Weights/WRNArchive", swiftSettings: strict),
        // Files of named tensors, read and written: safetensors, PyTorch, NumPy.
        .target(
            name: "WRNTensorFiles",
            dependencies: ["WRNArchive", "WRNFiles", "WRNTensor", "WRNText", "WRNThreads"],
            path: "Sources/Weights/WRNTensorFiles",
            swiftSettings: strict),
        // The weights that come with the package.
        .target(
            name: "CWRNBundledModel", path: "Sources/Weights/CWRNBundledModel",
            exclude: ["cifar10.safetensors"],
            cSettings: strictC),
        // A graph with its weights.
        .target(
            name: "WRNModel",
            dependencies: [
                "CWRNBundledModel", "WRNGraph", "WRNImages", "WRNRandom", "WRNTensor",
                "WRNTensorFiles", "WRNText", "WRNZoo",
            ], path: "Sources/Weights/WRNModel",
            swiftSettings: strict),
        // Other programs' weights: which network they are of, what it computes, and what its
        // tensors are called there.
        .target(
            name: "WRNDialects",
            dependencies: ["WRNGraph", "WRNTensor", "WRNTensorFiles", "WRNText", "WRNZoo"],
            path: "Sources/Weights/WRNDialects",
            swiftSettings: strict),

        // MARK: Data

        // The system's libcurl.
        .systemLibrary(
            name: "CCurl", path: "Sources/Data/CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        // HTTP requests by libcurl, whose answers arrive as sent, piece by piece.
        .target(
            name: "CWRNHTTP", dependencies: ["CCurl"], path: "Sources/Data/CWRNHTTP",
            cSettings: strictC,
            // The module map of a library is read where Swift imports it, which nothing does here.
            linkerSettings: [.linkedLibrary("curl")]),
        // The images that come with the package.
        .target(
            name: "CWRNBundledImages", path: "Sources/Data/CWRNBundledImages",
            exclude: [
                "LICENSE-Fashion-MNIST.txt", "t10k-images-idx3-ubyte.gz",
                "t10k-labels-idx1-ubyte.gz", "train-images-idx3-ubyte.gz",
                "train-labels-idx1-ubyte.gz",
            ],
            cSettings: strictC),
        // Downloads: over HTTP, resumed where they broke off, verified by digests; and the one
        // error of all data.
        .target(
            name: "WRNFetch", dependencies: ["CWRNHTTP", "WRNFiles", "WRNText"],
            path: "Sources/Data/WRNFetch", swiftSettings: strict),
        // Data sets: published ones, folders and archives of images, and what is in them.
        .target(
            name: "WRNDatasets",
            dependencies: [
                "CWRNBundledImages", "WRNArchive", "WRNFetch", "WRNFiles", "WRNImages", "WRNRandom",
                "WRNText", "WRNThreads",
            ],
            path: "Sources/Data/WRNDatasets", swiftSettings: strict),
        // Batches: images in a seed's order, augmented and normalised by threads.
        .target(
            name: "WRNBatches",
            dependencies: ["WRNDatasets", "WRNFetch", "WRNImages", "WRNRandom", "WRNThreads"],
            path: "Sources/Data/WRNBatches", swiftSettings: strict),
        // Pretrained weights from hubs: fetched whole, verified, once.
        .target(
            name: "WRNHub",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNFetch", "WRNFiles", "WRNImages", "WRNText",
            ],
            path: "Sources/Data/WRNHub",
            swiftSettings: strict),

        // MARK: Learning

        // Classification of images: a model, its preprocessing and a planned engine.
        .target(
            name: "WRNInference",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNDialects", "WRNEngine", "WRNFetch", "WRNFiles",
                "WRNGraph", "WRNImages", "WRNModel", "WRNPlan", "WRNTensor", "WRNTensorFiles",
                "WRNText", "WRNThreads", "WRNZoo",
            ], path: "Sources/Learning/WRNInference",
            swiftSettings: strict),
        // Audits of data sets: copies, doubtful labels, and images that stand out.
        .target(
            name: "WRNAudit",
            dependencies: [
                "WRNDatasets", "WRNGraph", "WRNImages", "WRNInference", "WRNModel",
                "WRNPlan", "WRNTensor", "WRNText", "WRNThreads",
            ], path: "Sources/Learning/WRNAudit",
            swiftSettings: strict),
        // The commit that the program was built from, where that is known.
        .target(
            name: "CWRNBuild", path: "Sources/Learning/CWRNBuild",
            cSettings: strictC + (commit.map { [.define("WRN_COMMIT", to: "\"\($0)\"")] } ?? [])),
        // Event files for TensorBoard.
        .target(
            name: "WRNTensorBoard",
            dependencies: ["WRNFiles", "WRNProtobuf"], path: "Sources/Learning/WRNTensorBoard",
            swiftSettings: strict),
        // Runs: what they follow from, recipes, schedules, and the directory that keeps their
        // record.
        .target(
            name: "WRNRuns",
            dependencies: [
                "CWRNBuild", "WRNBatches", "WRNDatasets", "WRNDialects", "WRNEngine", "WRNFetch",
                "WRNFiles", "WRNGraph", "WRNImages", "WRNInference", "WRNModel", "WRNPlan",
                "WRNRandom", "WRNTensor", "WRNTensorBoard", "WRNTensorFiles", "WRNText", "WRNZoo",
            ], path: "Sources/Learning/WRNRuns",
            resources: [
                .embedInCode("Settings/Files/paper-cifar.json"),
                .embedInCode("Settings/Files/paper-svhn.json"),
                .embedInCode("Settings/Files/paper-imagenet.json"),
                .embedInCode("Settings/Files/modern.json"),
                .embedInCode("Settings/Files/fast.json"),
                .embedInCode("Settings/Files/thorough.json"),
                .embedInCode("Settings/Files/fast-finetune.json"),
            ],
            swiftSettings: strict),
        // Training: the loop that takes a run's steps, and short trials before a long run.
        .target(
            name: "WRNTraining",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNEngine", "WRNFetch", "WRNGraph", "WRNImages",
                "WRNInference", "WRNModel", "WRNPlan", "WRNRuns", "WRNTensor", "WRNTensorBoard",
                "WRNText", "WRNWorkers",
            ], path: "Sources/Learning/WRNTraining",
            swiftSettings: strict),
        // The report of a run: one page that needs no other file.
        .target(
            name: "WRNReport",
            dependencies: [
                "WRNAudit", "WRNDatasets", "WRNEngine", "WRNFetch", "WRNFiles", "WRNGraph",
                "WRNImages",
                "WRNInference", "WRNInspect", "WRNModel", "WRNPlan", "WRNRuns", "WRNTensorFiles",
                "WRNText",
            ], path: "Sources/Learning/WRNReport",
            swiftSettings: strict),

        // MARK: Delivery

        // Networks and weights written in other runtimes' formats, and read back to be checked.
        .target(
            name: "WRNExport",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNDialects", "WRNEngine", "WRNFetch", "WRNFiles",
                "WRNGraph",
                "WRNImages", "WRNInference", "WRNModel", "WRNPlan", "WRNProtobuf", "WRNRandom",
                "WRNRuns", "WRNTensor", "WRNTensorFiles", "WRNText",
            ], path: "Sources/Delivery/WRNExport",
            swiftSettings: strict),

        // A server of models over HTTP: the Open Inference Protocol, and images as they are.
        .target(
            name: "WRNServing",
            dependencies: [
                "WRNBatches", "WRNDialects", "WRNEngine", "WRNFiles", "WRNGraph", "WRNImages",
                "WRNInference", "WRNModel", "WRNPlan", "WRNTensor", "WRNText", "WRNThreads",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Sources/Delivery/WRNServing",
            resources: [
                .embedInCode("Page/page.html"), .embedInCode("Page/page.css"),
                .embedInCode("Page/page.js"), .embedInCode("Page/icon.svg"),
            ],
            swiftSettings: strict),

        // MARK: Program

        // What a Swift program imports: all public modules under one name, and their documentation.
        .target(
            name: "WideResNets",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNDialects", "WRNEngine", "WRNExport", "WRNFetch",
                "WRNFiles", "WRNGraph", "WRNHub", "WRNImages", "WRNInference", "WRNInspect",
                "WRNKernels", "WRNModel", "WRNPlan", "WRNReference", "WRNReport", "WRNRuns",
                "WRNTensor", "WRNTensorFiles", "WRNText", "WRNTraining", "WRNWorkers", "WRNZoo",
            ], path: "Sources/Program/WideResNets",
            swiftSettings: strict),
        // What words on the command lines of both programs mean: weights, normalisations,
        // precisions.
        .target(
            name: "WRNArguments",
            dependencies: [
                "WRNBatches", "WRNFetch", "WRNHub", "WRNInference", "WRNModel", "WRNTensor",
                "WRNText",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/Program/WRNArguments",
            swiftSettings: strict),
        // Failed allocations: the program ends with a sentence where Swift would end it with a
        // trap.
        .target(name: "CWRNMemory", path: "Sources/Program/CWRNMemory", cSettings: strictC),
        // The program: words into calls, errors into exit codes.
        .executableTarget(
            name: "wrn",
            dependencies: [
                "CWRNMemory", "WRNArguments", "WRNAudit", "WRNBatches", "WRNDatasets",
                "WRNDialects",
                "WRNEngine", "WRNExport",
                "WRNFetch", "WRNFiles", "WRNGraph", "WRNHub", "WRNImages", "WRNInference",
                "WRNInspect",
                "WRNKernels", "WRNMPI", "WRNModel", "WRNPlan", "WRNReport", "WRNRuns", "WRNTensor",
                "WRNTensorFiles", "WRNText", "WRNThreads", "WRNTraining", "WRNWorkers", "WRNZoo",
                .product(
                    name: "ArgumentParser",
                    package:
                        "swift-argument-parser"),
            ], path: "Sources/Program/wrn",
            swiftSettings: strict),

        // The server's program.
        .executableTarget(
            name: "wrn-serve",
            dependencies: [
                "WRNArguments", "WRNDialects", "WRNEngine", "WRNFetch", "WRNFiles",
                "WRNInference", "WRNServing", "WRNTensor", "WRNText", "WRNThreads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], path: "Sources/Program/wrn-serve",
            swiftSettings: strict),

        // MARK: Tests

        // What the tests of several modules need.
        .target(
            name: "WRNTestSupport",
            dependencies: [
                "WRNArchive", "WRNBatches", "WRNDatasets", "WRNEngine", "WRNFetch", "WRNFiles",
                "WRNGraph", "WRNImages", "WRNPlan", "WRNRandom", "WRNReference", "WRNRuns",
                "WRNTensor", "WRNThreads",
            ],
            path: "Tests/WRNTestSupport",
            swiftSettings: strict),
        // The messages of event files, generated, so that another encoder and decoder than ours
        // reads what we write.
        .target(
            name: "WRNEventMessages",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            path: "Tests/WRNEventMessages", exclude: ["event.proto"], swiftSettings: strict),
        // The messages of Core ML's models, generated, for the same purpose.
        .target(
            name: "WRNCoreMLMessages",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            path: "Tests/WRNCoreMLMessages", exclude: ["coreml.proto"], swiftSettings: strict),
        // What ONNX models consist of, generated likewise.
        .target(
            name: "WRNONNXMessages",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            path: "Tests/WRNONNXMessages", exclude: ["onnx.proto"], swiftSettings: strict),
        .testTarget(name: "WRNTextTests", dependencies: ["WRNText"], swiftSettings: strict),
        .testTarget(
            name: "WRNProtobufTests", dependencies: ["WRNProtobuf"], swiftSettings: strict),
        .testTarget(
            name: "WRNFilesTests", dependencies: ["WRNFiles", "WRNTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNTensorTests", dependencies: ["WRNTensor"], swiftSettings: strict),
        .testTarget(
            name: "WRNRandomTests", dependencies: ["WRNRandom"], swiftSettings: strict),
        .testTarget(
            name: "WRNThreadsTests", dependencies: ["WRNThreads"], swiftSettings: strict),
        .testTarget(
            name: "WRNWorkersTests", dependencies: ["WRNText", "WRNThreads", "WRNWorkers"],
            swiftSettings: strict),
        // The kernels' proofs are C, so that they also run where no Swift is: under an emulator,
        // under sanitizers.
        .target(
            name: "CWRNKernelChecks", dependencies: ["CWRNKernels"],
            path: "Tests/CWRNKernelChecks", exclude: ["standalone"], cSettings: strictC),
        .testTarget(
            name: "WRNKernelsTests",
            dependencies: [
                "CWRNKernelChecks", "CWRNKernels", "WRNKernels", "WRNTensor", "WRNThreads",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNGraphTests", dependencies: ["WRNGraph", "WRNTensor", "WRNZoo"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNZooTests", dependencies: ["WRNGraph", "WRNTensor", "WRNZoo"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNInspectTests", dependencies: ["WRNGraph", "WRNInspect", "WRNZoo"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNPlanTests",
            dependencies: [
                "WRNGraph", "WRNPlan", "WRNTensor", "WRNZoo",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNEngineTests",
            dependencies: [
                "CWRNKernelChecks", "WRNEngine", "WRNGraph", "WRNKernels", "WRNPlan", "WRNRandom",
                "WRNReference", "WRNTensor", "WRNTensorFiles", "WRNTestSupport", "WRNThreads",
                "WRNWorkers", "WRNZoo",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNReferenceTests",
            dependencies: [
                "WRNEngine", "WRNGraph", "WRNPlan", "WRNReference", "WRNTensor", "WRNTestSupport",
                "WRNWorkers", "WRNZoo",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNArchiveTests",
            dependencies: [
                "WRNArchive", "WRNDatasets", "WRNFetch", "WRNFiles", "WRNTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNTensorFilesTests",
            dependencies: [
                "CZlib", "WRNArchive", "WRNFiles", "WRNRandom", "WRNTensor", "WRNTensorFiles",
                "WRNTestSupport",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNModelTests",
            dependencies: [
                "WRNGraph", "WRNModel", "WRNTensor", "WRNTensorFiles", "WRNTestSupport", "WRNZoo",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNDialectsTests",
            dependencies: [
                "WRNDialects", "WRNEngine", "WRNGraph", "WRNModel", "WRNPlan", "WRNTensor",
                "WRNTensorFiles", "WRNTestSupport", "WRNZoo",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNImagesTests",
            dependencies: [
                "WRNImages", "WRNRandom", "WRNTestSupport",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNFetchTests",
            dependencies: ["WRNFetch", "WRNFiles", "WRNTestSupport", "WRNThreads"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNDatasetsTests",
            dependencies: [
                "WRNArchive", "WRNDatasets", "WRNFetch", "WRNFiles", "WRNImages", "WRNTestSupport",
                "WRNThreads",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNBatchesTests",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNFetch", "WRNImages", "WRNRandom", "WRNTestSupport",
                "WRNThreads",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNHubTests",
            dependencies: [
                "WRNDatasets", "WRNFetch", "WRNFiles", "WRNHub", "WRNImages", "WRNTestSupport",
                "WRNThreads",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNInferenceTests",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNDialects", "WRNEngine", "WRNFetch", "WRNGraph",
                "WRNImages", "WRNInference", "WRNModel", "WRNPlan", "WRNRandom", "WRNReference",
                "WRNTensor", "WRNTensorFiles", "WRNTestSupport", "WRNThreads", "WRNZoo",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        // The examples of the documentation, which a test compares with the pages and runs. They
        // see only what is public, as a reader's program does.
        .executableTarget(
            name: "DocumentationExamples", dependencies: ["WideResNets"],
            path: "Tests/DocumentationExamples", packageAccess: false, swiftSettings: strict),
        .testTarget(
            name: "WideResNetsTests", dependencies: ["DocumentationExamples", "WideResNets"],
            swiftSettings: strict),
        .testTarget(
            name: "WRNTensorBoardTests",
            dependencies: [
                "WRNEventMessages", "WRNProtobuf", "WRNTensorBoard",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNRunsTests",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNEngine", "WRNGraph", "WRNImages", "WRNInference",
                "WRNModel",
                "WRNPlan", "WRNRuns", "WRNTensor", "WRNTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNTrainingTests",
            dependencies: [
                "WRNBatches", "WRNDatasets", "WRNEngine", "WRNEventMessages", "WRNFiles",
                "WRNGraph", "WRNImages", "WRNInference", "WRNModel", "WRNPlan", "WRNReference",
                "WRNRuns", "WRNTensor", "WRNTensorBoard", "WRNTestSupport", "WRNThreads",
                "WRNTraining", "WRNWorkers",
                .product(
                    name: "SwiftProtobuf",
                    package: "swift-protobuf"),
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WRNAuditTests",
            dependencies: [
                "WRNAudit", "WRNDatasets", "WRNEngine", "WRNImages", "WRNInference", "WRNModel",
                "WRNPlan", "WRNRandom",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNReportTests",
            dependencies: [
                "WRNAudit", "WRNBatches", "WRNDatasets", "WRNEngine", "WRNFiles", "WRNImages",
                "WRNInference",
                "WRNPlan", "WRNRandom", "WRNReport", "WRNRuns", "WRNTestSupport", "WRNText",
                "WRNTraining",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WRNExportTests",
            dependencies: [
                "WRNCoreMLMessages", "WRNDatasets", "WRNEngine", "WRNExport", "WRNONNXMessages",
                "WRNFiles", "WRNGraph", "WRNImages", "WRNInference", "WRNModel", "WRNPlan",
                "WRNProtobuf", "WRNRandom", "WRNTensor", "WRNTensorFiles", "WRNTestSupport",
                "WRNZoo",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
        // An application with a service of its own: an example, which sees only what is public.
        .executableTarget(
            name: "EmbeddedService",
            dependencies: [
                "WideResNets", .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Examples/serving", exclude: ["Containerfile", "wrn-serve.service"],
            packageAccess: false, swiftSettings: [.treatAllWarnings(as: .error)]),
        .testTarget(
            name: "WRNServingTests",
            dependencies: [
                "EmbeddedService", "wrn-serve", "WRNFiles", "WRNImages", "WRNInference", "WRNModel",
                "WRNServing",
                "WRNText",
                "WRNThreads",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "WRNDatasets", "WRNDialects", "WRNEngine", "WRNFetch", "WRNFiles", "WRNGraph",
                "WRNHub", "WRNImages", "WRNInference", "WRNInspect", "WRNKernels", "WRNModel",
                "WRNPlan", "WRNRuns", "WRNTensor", "WRNTensorFiles", "WRNText", "WRNZoo", "wrn",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Fixtures", "Snapshots"], swiftSettings: strict),

        // MARK: Benchmarks

        // Multiplies and adds in registers, as fast as a core can.
        .target(name: "CPeak", path: "Benchmarks/Sources/CPeak", cSettings: strictC),
        // The engine as one of the contenders that Benchmarks/run compares. It stands in this
        // package, as it drives sessions, which are not public; no product holds it, so that users
        // of the library do not build it.
        .executableTarget(
            name: "contender", dependencies: ["CPeak", "WideResNets"],
            path: "Benchmarks/Sources/contender", swiftSettings: strict),
    ]
)

// A sanitizer builds everything anew, so Scripts/sanitize names the targets of the tests that it
// runs: only they and what they need are left.
if let names = Context.environment["WRN_TEST_TARGETS"] {
    let targets = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
    var kept: Set<String> = []
    var open = names.split(separator: ",").map(String.init)
    for name in open where targets[name]?.type != .test {
        fatalError("WRN_TEST_TARGETS: expected names of test targets, found '\(name)'")
    }
    while let name = open.popLast() {
        guard let target = targets[name], kept.insert(name).inserted else { continue }
        open += target.dependencies.compactMap { dependency in
            switch dependency {
            case .byNameItem(let name, _), .targetItem(let name, _): name
            default: nil
            }
        }
    }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products = []
}
