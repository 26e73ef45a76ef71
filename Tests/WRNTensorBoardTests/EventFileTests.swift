// SPDX-License-Identifier: Apache-2.0

import Foundation
import SwiftProtobuf
import Testing

@testable import WRNEventMessages
@testable import WRNTensorBoard

@Suite("Event files")
struct EventFileTests {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("wrn-events-\(UUID().uuidString)").path

    private func inDirectory(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body()
    }

    private func point(_ step: Int, _ loss: Double) -> ScalarPoint {
        ScalarPoint(
            step: step, time: 1000 + Double(step), values: ["loss/test": loss, "accuracy/test": 0])
    }

    /// RFC 3720, appendix B.4, and the check value of the catalogue of checksums.
    @Test("have the published checksums")
    func checksums() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum(0..<32) == 0x46dd_794e)
        #expect(CRC32C.checksum("123456789".utf8) == 0xe306_9283)
        #expect(CRC32C.masked("123456789".utf8) == 0xc78a_b0e5)
    }

    @Test("begin as TensorFlow's do, byte for byte")
    func header() throws {
        // What tensorboard 2.x writes as the first record, up to the time's eight bytes.
        let bytes = ScalarPoint.header(time: 0.5)
        #expect(bytes.prefix(8) == [24, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes[8..<12] == [163, 127, 75, 34])
        #expect(bytes[12] == 0x09)
        #expect(bytes[21..<23] == [0x1a, 0x0d])
        #expect(String(decoding: bytes[23..<36], as: UTF8.self) == "brain.Event:2")
        #expect(bytes.count == 40)
    }

    @Test("hold each point with its step, its time and its values, 0 among them")
    func points() throws {
        try inDirectory {
            let file = try EventFile(replacingIn: directory, points: [point(5, 0.1)], time: 1_234)
            try file.append(point(10, 1e-3))
            #expect(file.path.hasPrefix(directory + "/events.out.tfevents.0000001234."))
            let events = try RecordReader(file.path).events
            #expect(events.map(\.fileVersion) == ["brain.Event:2", "", ""])
            #expect(events.map(\.step) == [0, 5, 10])
            #expect(events.map(\.wallTime) == [1005, 1005, 1010])
            let values = events[2].summary.value
            #expect(values.map(\.tag) == ["accuracy/test", "loss/test"])
            #expect(values.map(\.simpleValue) == [0, Float(1e-3)])
            #expect(values.allSatisfy { $0.value != nil })
        }
    }

    @Test("are one to a directory, which a new one replaces under a later name")
    func replaces() throws {
        try inDirectory {
            let others = ["events.out.tfevents.1.host", "notes.wrn"]
            for name in others {
                try Data().write(to: URL(fileURLWithPath: directory + "/" + name))
            }
            let old = try EventFile(
                replacingIn: directory, points: [point(5, 1), point(10, 2)], time: 50)
            let new = try EventFile(replacingIn: directory, points: [point(5, 1)], time: 50)
            #expect(old.path < new.path)
            #expect(EventFile.names(in: directory).map { directory + "/" + $0 } == [new.path])
            #expect(try RecordReader(new.path).events.map(\.step) == [0, 5])
            EventFile.remove(from: directory)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == others)
        }
    }

    @Test("say what keeps them from being written")
    func refuses() throws {
        try inDirectory {
            let file = try EventFile(replacingIn: directory, points: [], time: 1)
            try FileManager.default.removeItem(atPath: directory)
            let error = #expect(throws: (any Error).self) { try file.append(point(1, 1)) }
            #expect(
                "\(error, default: "none")".contains(
                    "cannot write to the file: no such file or directory"))
        }
    }
}
