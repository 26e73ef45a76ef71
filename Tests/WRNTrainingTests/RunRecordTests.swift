// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNTraining

@Suite("Reading a run")
struct RunRecordTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func damage(_ text: String) throws -> String {
        if temporary.contents.isEmpty {
            _ = try RunDirectory.create(at: path("a"), tiny.configuration())
        }
        try temporary.write(text, to: "a/config.json")
        let error = #expect(throws: TrainingError.self) {
            try RunRecord(readingFrom: path("a"))
        }
        #expect(error?.code == .damagedRun)
        return error?.message ?? ""
    }

    @Test("Tells what was trained, how far, and how well")
    func tells() throws {
        let records = try tiny.finish(at: path("a"))
        let run = try RunRecord(readingFrom: path("a"))
        #expect(run.network == "wrn-10-0.25")
        #expect(run.source == "bands")
        #expect((run.epochs, run.seed) == (3, "7"))
        #expect(run.records == records)
        #expect(run.state == .finished)
        #expect(run.last == records.last)
        #expect(run.best?.validationAccuracy == records.map(\.validationAccuracy).max())
        #expect(run.seconds == records.map(\.seconds).reduce(0, +))
        #expect(run.hasModel)
        #expect(try run.trainingConfiguration().essence == tiny.configuration())
    }

    @Test("Shows every value of the configuration under its key")
    func settings() throws {
        _ = try RunDirectory.create(at: path("a"), tiny.configuration())
        let settings = try RunRecord(readingFrom: path("a")).settings
        let texts = Dictionary(uniqueKeysWithValues: settings.map { ($0.key, $0.value.text) })
        #expect(settings.map(\.key) == settings.map(\.key).sorted())
        #expect(texts["batch"] == "16")
        #expect(texts["model.input_height"] == "9")
        #expect(texts["model.class_names"] == "band 0, band 1, band 2")
        #expect(texts["optimizer.learning_rate"] == "0.05")
        #expect(texts["optimizer.nesterov"] == "yes")
    }

    @Test("Changes nothing, and needs no lock")
    func changesNothing() throws {
        try tiny.finish(at: path("a"))
        try temporary.write("half", to: "a/checkpoints/.wrn-1.tmp")
        let whole = try temporary.bytes("a/metrics.jsonl")
        try temporary.write(
            String(decoding: whole, as: UTF8.self) + "{\"epo", to: "a/metrics.jsonl")
        let before = temporary.contents
        let lock = try DirectoryLock(path("a"))
        let run = try RunRecord(readingFrom: path("a"))
        withExtendedLifetime(lock) {}
        #expect(run.records.count == 3)
        #expect(temporary.contents == before)
        #expect(try temporary.bytes("a/metrics.jsonl").count == whole.count + 5)
    }

    @Test("Knows whether a process trains in the directory, also after it was asked")
    func knowsState() throws {
        var run: RunDirectory? = try RunDirectory.create(at: path("a"), tiny.configuration())
        #expect(try RunRecord(readingFrom: path("a")).state == .training)
        #expect(run?.path == path("a"))
        run = nil
        #expect(try RunRecord(readingFrom: path("a")).state == .stopped)
        #expect(!(try RunRecord(readingFrom: path("a")).hasModel))
        #expect(throws: Never.self) { try RunDirectory.open(at: path("a")) }
    }

    @Test("Says what a damaged configuration lacks")
    func damages() throws {
        #expect(
            try damage("{").contains("a/config.json: expected JSON with the fields of a run"))
        #expect(
            try damage(#"{"model": {}}"#).contains(
                "expected the field model.architecture, found none"))
    }

    @Test("Says what a configuration has in place of a number")
    func wrongKind() throws {
        let message = try damage(
            #"{"model":{"architecture":"wrn-10-1"},"data":{"source":"x"},"seed":1,"epochs":"many"}"#
        )
        #expect(
            message.contains("expected epochs to be another kind of value, found many"))
    }

    @Test("Finds runs up to three levels down, and none inside of a run")
    func finds() throws {
        for name in ["x/1", "x/1/inner", "x/y/2", "x/y/z/3", "x/y/z/w/4", ".hidden"] {
            _ = try RunDirectory.create(at: path(name), tiny.configuration())
        }
        #expect(try RunRecord.directories(in: temporary.path) == ["x/1", "x/y/2"].map(path))
        #expect(try RunRecord.directories(in: path("x")) == ["x/1", "x/y/2", "x/y/z/3"].map(path))
        #expect(try RunRecord.directories(in: path("x/1")) == [path("x/1")])
        let error = #expect(throws: TrainingError.self) {
            try RunRecord.directories(in: path("none"))
        }
        #expect(error?.code == .noRun)
    }
}
