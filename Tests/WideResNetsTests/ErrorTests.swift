// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WideResNets

@Suite("Errors of the library")
struct ErrorTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

    /// The text of each Swift file outside of the program, by its path in `Sources`.
    private static func libraryFiles() throws -> [String: String] {
        var files: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        where path.hasSuffix(".swift") && !path.hasPrefix("Program/wrn/")
            && !path.hasPrefix("Program/wrn-serve/")
        {
            files[path] = try String(
                contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
        }
        return files
    }

    /// All types of errors.
    private static let types: [any WideResNetError.Type] = [
        BindingError.self, CheckpointError.self, DataError.self, ExportError.self, FileError.self,
        GraphError.self,
        HubError.self, ImageError.self, InferenceError.self, PlanError.self, TrainingError.self,
        WeightsError.self, WorkerError.self,
    ]

    /// One error of each case of the types whose cases make their sentences.
    private static let cases: [any WideResNetError] = {
        let shape = FeatureShape(channels: 3, height: 32, width: 32)
        let errors: [[any WideResNetError]] = [
            [
                GraphError.invalidAttribute(
                    node: "conv", attribute: "the stride", expected: "1 or 2", actual: "3"),
                GraphError.shapeMismatch(node: "add", expected: "16x8x8", actual: "16x4x4"),
                GraphError.duplicateName("conv"), GraphError.invalidArchitecture("no network"),
                GraphError.invalidLayers("no layer"),
            ],
            [
                PlanError.unavailable("no such kernels"), PlanError.invalidRequest("no batch"),
                PlanError.missingTensor("fc.weight"),
                PlanError.shapeMismatch(tensor: "fc.weight", expected: "10x64", actual: "2x64"),
            ],
            [
                InferenceError.imagesDoNotFit(dataset: "d", expected: shape, found: shape),
                InferenceError.classesDoNotFit(dataset: "d", expected: 10, found: 100),
                InferenceError.unknownClass(dataset: "d", name: "cat", known: ["dog"]),
                InferenceError.ambiguousClass(dataset: "d", name: "crane", numbers: [1, 3]),
                InferenceError.noImages(dataset: "d"),
                InferenceError.indexOutOfRange(dataset: "d", index: 9, count: 3),
                InferenceError.missing(path: "p", nearest: "check the path"),
                InferenceError.noModel(directory: "p"),
                InferenceError.damagedFile(file: "f", problem: "has another digest"),
                InferenceError.impossibleNetwork(file: "f", reason: "no network"),
                InferenceError.knownNormalization(file: "f"),
                InferenceError.knownNetwork(file: "f"),
                InferenceError.classesWithoutNames(dataset: "d", expected: 10, found: 2),
                InferenceError.noHead(file: "f", layer: "fc"),
                InferenceError.notFinite(dataset: "d", index: 4),
                InferenceError.overloaded(limit: 64), InferenceError.invalidService("no batch"),
                InferenceError.noActivationMap(network: "n"),
                InferenceError.noPositions(layer: "pool", shape: shape, last: "relu"),
                InferenceError.noSuchClass(name: "cow", known: ["cat"]),
                InferenceError.invalidOcclusion(side: 9, step: 4, shorter: 8),
                InferenceError.missingClass(dataset: "d", name: "cow"),
                InferenceError.cannotCalibrate(dataset: "d", reason: "too few images"),
                InferenceError.noModelFile(file: "f"),
            ],
        ]
        return errors.flatMap(\.self)
    }()

    @Test("a failure has its code, its sentence and what to do, which an app shows")
    func sentences() throws {
        let nowhere = "/nowhere/at/all"
        let attempts: [(code: String, suggestion: String?, attempt: () throws -> Void)] = [
            ("inference.missing", nil, { _ = try Classifier(contentsOf: nowhere) }),
            ("data.notFound", nil, { _ = try DataSource(nowhere).load(.train) }),
            ("training.noRun", nil, { _ = try RunRecord(readingFrom: nowhere) }),
            ("training.noRun", nil, { _ = try RunDirectory.open(at: nowhere) }),
            ("tensors.cannotOpen", "check", { _ = try TensorFile.read(contentsOf: nowhere) }),
            ("network.invalidArchitecture", nil, { _ = try Zoo.network(named: "wrn-27-10") }),
            (
                "images.unsupported", "convert",
                { _ = try PixelImage(decoding: [1, 2, 3], file: "x.jpg") }
            ),
            (
                "hub.missing", nil,
                { _ = try WeightsHub(environment: ["HOME": "/"]).resolve(nowhere) }
            ),
        ]
        for (code, suggestion, attempt) in attempts {
            let error = try #require(throws: (any Error).self, performing: attempt)
            let shaped = try #require(error as? any WideResNetError)
            #expect(shaped.errorCode == code)
            #expect(error.localizedDescription == "\(error)")
            #expect(error.localizedDescription == shaped.message)
            #expect(error.localizedDescription.count > 20)
            let shown = (error as NSError).localizedRecoverySuggestion
            #expect(shown == shaped.suggestion)
            #expect(shown?.split(separator: " ").first.map(String.init) == suggestion)
        }
    }

    @Test("codes are an area and a kind, and no two errors share one")
    func codes() {
        let codes = Self.types.flatMap { $0.errorCodes }
        #expect(Set(codes).count == codes.count)
        #expect(Set(Self.types.map { $0.area }).count == Self.types.count)
        for code in codes {
            #expect(code.wholeMatch(of: /[a-z]+\.[a-z][a-zA-Z]+/) != nil, "\(code)")
        }
        #expect(codes.contains("tensors.truncated"))
        #expect(codes.count > 90)
    }

    @Test("each case has a code of its own and one sentence")
    func kinds() {
        let areas = Set(Self.cases.map { type(of: $0).area })
        let expected = Self.types.filter { areas.contains($0.area) }.flatMap { $0.errorCodes }
        #expect(Self.cases.map(\.errorCode).sorted() == expected.sorted())
        for error in Self.cases {
            #expect(!error.message.isEmpty)
            #expect(!error.message.contains(/[.!?] [A-Z]/) && !error.message.hasSuffix("."))
            #expect(!error.message.contains("\n"))
            #expect("\(error)" == error.message)
        }
    }

    @Test("what to do is the last clause where it begins with a verb")
    func suggestions() {
        #expect(InferenceError.noImages(dataset: "d").suggestion == "choose data with images")
        #expect(ImageError(.tooLarge, "9 pixels; at most 8 are read").suggestion == nil)
        #expect(
            ImageError(.truncated, "a; b; get the file again").suggestion == "get the file again")
        #expect(ImageError(.malformed, "the file is empty").suggestion == nil)
        #expect(ImageError(.malformed, "getting is no verb; getting").suggestion == nil)
    }

    @Test("every error of the sources has the one shape, a bridge to Foundation, and a page")
    func all() throws {
        let bridge = try String(
            contentsOf: Self.sources.appendingPathComponent(
                "Program/WideResNets/LocalizedErrors.swift"),
            encoding: .utf8)
        let types = Set(Self.types.map { "\($0)" })
        var found: Set<String> = []
        // The server is a product of its own, which this library does not import: its error has a
        // test beside it.
        for (path, text) in try Self.libraryFiles()
        where !path.hasPrefix("Delivery/WRNServing/") {
            #expect(
                !text.contains(/public (?:struct|enum|class) \w+: (?:\w+, )*Error\b/), "\(path)")
            for match in text.matches(
                of: /(?:public|package) (?:struct|enum|class) (\w+): (?:\w+, )*WideResNetError\b/)
            {
                let name = String(match.output.1)
                found.insert(name)
                #expect(types.contains(name), "\(name) is in no test")
                #expect(bridge.contains("extension \(name): LocalizedError {}"), "\(name)")
            }
        }
        #expect(found == types)
    }

    @Test("the page of errors lists all codes, and no others")
    func page() throws {
        let page = try String(
            contentsOf: Self.sources.appendingPathComponent(
                "Program/WideResNets/WideResNets.docc/Errors.md"),
            encoding: .utf8)
        let listed = page.matches(of: /\n\| `([a-z]+\.\w+)` \|/).map { String($0.output.1) }
        #expect(listed == Self.types.flatMap { $0.errorCodes }.sorted())
    }

    @Test("no sentence of the library names an option or a command of the program")
    func options() throws {
        for (path, text) in try Self.libraryFiles()
        // The report of a run is about the program's commands.
        where path != "Learning/WRNReport/Sections/RunSections.swift" {
            for line in text.components(separatedBy: "\n") {
                let code = line.trimmingCharacters(in: .whitespaces)
                guard !code.hasPrefix("//"), let start = code.firstIndex(of: "\"") else { continue }
                // Variables of style sheets look like options.
                let words = code[start...].replacing(/var\(--[a-z]+\)/, with: "")
                #expect(!words.contains(/[ '\/(]--[a-z]/), "\(path): \(code)")
                #expect(!words.contains(/'wrn [a-z]/), "\(path): \(code)")
            }
        }
    }
}
