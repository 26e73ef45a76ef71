// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNEngine
import WRNPlan
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("The processes of a run")
struct ProcessesTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    @Test("Are noted with the step at which each began and what it ran on, past half a line")
    func notes() throws {
        let path = temporary.path + "/a"
        let run = try RunDirectory.create(at: path, tiny.configuration())
        let first = try tiny.trainer(run)
        try first.train(until: { first.position.step >= 7 })
        #expect(try run.processes().map(\.step) == [0])
        let line = String(decoding: try temporary.bytes("a/processes.jsonl"), as: UTF8.self)
        try temporary.write(line + #"{"step":7,"ti"#, to: "a/processes.jsonl")
        try temporary.copy("a", to: "b")
        let second = try RunDirectory.open(at: temporary.path + "/b")
        try tiny.trainer(second, threads: 2).train()
        let processes = try second.processes()
        #expect(processes.map(\.step) == [0, 7])
        #expect(processes.map(\.environment.threads) == [1, 2])
        #expect(processes.map(\.epochs) == [3, 3])
        #expect(processes[0].time > 0 && processes[1].time >= processes[0].time)
        // A finished run needs no process.
        #expect(try tiny.trainer(second).train() == .finished)
        #expect(try second.processes().count == 2)
    }

    @Test("Have the number of epochs that the run had")
    func epochs() throws {
        func train(_ run: RunDirectory, until step: Int) throws {
            let trainer = try tiny.trainer(run)
            try trainer.train(until: { trainer.position.step >= step })
        }
        let path = temporary.path + "/a"
        try train(RunDirectory.create(at: path, tiny.configuration()), until: 7)
        func lengthen() throws {
            let run = try RunDirectory.open(at: path)
            try run.setEpochs(4)
            try train(run, until: 12)
        }
        try lengthen()
        let processes = try RunDirectory.open(at: path).processes()
        #expect(processes.map(\.step) == [0, 7])
        #expect(processes.map(\.epochs) == [3, 4])
        // Lines of earlier versions have none.
        let lines = String(decoding: try temporary.bytes("a/processes.jsonl"), as: UTF8.self)
            .split(separator: "\n")
        try temporary.write(
            String(lines[0]).replacing(#""epochs":3,"#, with: "") + "\n",
            to: "a/processes.jsonl")
        let earlier = try RunDirectory.open(at: path).processes()
        #expect(earlier.map(\.epochs) == [nil] && earlier.map(\.step) == [0])
    }

    @Test("Run on something, of which they say what the system says")
    func environment() throws {
        let device = Device.cpu(threads: 3)
        let environment = RunEnvironment.current(program: "wrn 9", device: device)
        #expect(environment.program == "wrn 9")
        #expect(environment.threads == 3)
        #expect(environment.instructionSet == device.instructionSetName)
        #expect(environment.swift.hasPrefix("6."))
        #expect(environment.system.split(separator: ", ").count >= 3, "\(environment.system)")
        #expect(environment.commit.map { $0.allSatisfy(\.isHexDigit) } ?? true)
        let text = try RunJSON.text(environment)
        #expect(
            try RunJSON.value(RunEnvironment.self, from: text.utf8, file: "processes.jsonl")
                == environment)
    }
}
