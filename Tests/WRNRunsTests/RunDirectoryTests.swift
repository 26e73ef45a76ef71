// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNModel
import WRNTestSupport

@testable import WRNRuns

@Suite("Directories of runs")
struct RunDirectoryTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func create(_ name: String) throws -> RunDirectory {
        try RunDirectory.create(at: temporary.path + "/" + name, tiny.configuration())
    }

    private func refusal(
        _ code: TrainingError.Code, _ body: () throws -> Void
    ) throws -> String {
        let error = try #require(throws: TrainingError.self) { try body() }
        #expect(error.code == code)
        return error.message.replacingOccurrences(of: temporary.path + "/", with: "")
    }

    @Test("Are made with those above them, and give their configuration back")
    func createsAndOpens() throws {
        do {
            let run = try create("a/b")
            #expect(run.configuration == (try tiny.configuration()))
        }
        #expect(temporary.contents == ["a", "a/b", "a/b/checkpoints", "a/b/config.json"])
        let opened = try RunDirectory.open(at: temporary.path + "/a/b")
        #expect(opened.configuration == (try tiny.configuration()))
        #expect(try opened.records().isEmpty)
    }

    @Test("Are refused when they hold a run")
    func refusesTaken() throws {
        // A run without a saved step is replaced, so what is taken has one.
        _ = try create("a")
        _ = try create("a")
        try temporary.write("weights", to: "a/model.safetensors")
        let before = temporary.contents
        #expect(
            try refusal(.directoryTaken) { _ = try create("a") }
                == "a: the directory holds a run already; go on with it, or name another directory")
        #expect(temporary.contents == before)
    }

    @Test(
        "Are refused when a run would replace something",
        arguments: [
            "config.json", "metrics.jsonl", "processes.jsonl", "model.safetensors",
            "best.safetensors",
        ])
    func refusesForeignFiles(name: String) throws {
        try temporary.write("mine", to: name)
        let message = try refusal(.directoryTaken) {
            _ = try RunDirectory.create(at: temporary.path, tiny.configuration())
        }
        #expect(message.contains("holds \(name), which a run would replace"))
        #expect(try temporary.bytes(name) == Data("mine".utf8))
        #expect(temporary.contents == [name])
    }

    @Test("Are refused below a file, and leave nothing behind")
    func refusesBelowFile() throws {
        try temporary.write("", to: "file")
        let message = try refusal(.unwritable) { _ = try create("file/a/b") }
        #expect(
            message == "file/a/b: expected file to be a directory, found a file; "
                + "name a directory for the run")
        #expect(temporary.contents == ["file"])
    }

    @Test("Leave nothing behind when the configuration cannot be")
    func refusesConfiguration() throws {
        let base = try tiny.configuration()
        let bad = TrainingConfiguration(
            model: base.model, data: base.data, epochs: 0, schedule: .constant)
        _ = try refusal(.invalidConfiguration) {
            _ = try RunDirectory.create(at: temporary.path + "/a/b", bad)
        }
        #expect(temporary.contents.isEmpty)
    }

    @Test("Go away again when their run was never used")
    func discards() throws {
        try create("a/b").discardIfUnused()
        #expect(temporary.contents.isEmpty)
    }

    @Test("Belong to one process at a time")
    func locks() throws {
        let run = try create("a")
        let message = try refusal(.directoryLocked) {
            _ = try RunDirectory.open(at: temporary.path + "/a")
        }
        #expect(message.hasPrefix("a: another process trains in this directory"))
        withExtendedLifetime(run) {}
    }

    @Test("Close what they opened once, also where another process has the lock")
    func closesOnce() throws {
        let path = try create("a").path
        let lock = try DirectoryLock(path)
        // A descriptor that is closed twice is sooner or later one that another thread has just
        // opened.
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            for _ in 0..<20_000 { _ = try? DirectoryLock(path) }
            ended.signal()
        }
        let lost = (0..<20_000).count { _ in
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            return descriptor < 0 || close(descriptor) != 0
        }
        ended.wait()
        #expect(lost == 0)
        withExtendedLifetime(lock) {}
    }

    @Test("Are no runs without config.json")
    func refusesNoRun() throws {
        let place = temporary.path
        try FileManager.default.createDirectory(
            atPath: place + "/nine", withIntermediateDirectories: false)
        let refusal = #expect(throws: TrainingError.self) {
            try RunDirectory.open(at: place + "/none")
        }
        #expect(refusal?.code == .noRun)
        #expect(
            refusal?.message
                == "\(place)/none: expected the directory of a run, found nothing; the nearest is \(place)/nine"
        )
        _ = try self.refusal(.noRun) { _ = try RunDirectory.open(at: place) }
    }

    @Test(
        "Say what is wrong with config.json",
        arguments: [
            ("", "expected JSON with the fields of a run"),
            ("{}", "expected the field version, found none"),
            (#"{"version": 1}"#, "expected the format's version 2 to 9, found 1"),
            (#"{"version": 2}"#, "found none"),
            (#"{"version": "1"}"#, "expected Int as version, found another kind of value"),
        ])
    func refusesDamagedConfiguration(text: String, problem: String) throws {
        try temporary.write(text, to: "config.json")
        let message = try refusal(.damagedRun) { _ = try RunDirectory.open(at: temporary.path) }
        #expect(
            message.hasPrefix("\(temporary.path)/config.json: ")
                || message.contains("config.json: "))
        #expect(message.contains(problem), "\(message)")
    }

    @Test("Keep their lengthened run")
    func setsEpochs() throws {
        try create("a").setEpochs(9)
        #expect(try RunDirectory.open(at: temporary.path + "/a").configuration.epochs == 9)
    }
}
