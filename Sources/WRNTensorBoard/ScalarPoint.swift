// SPDX-License-Identifier: Apache-2.0

import SwiftProtobuf

/// The points of some curves at one step.
public struct ScalarPoint: Hashable, Sendable {
    /// Where on the axis the points stand.
    public let step: Int
    /// When they were measured, in seconds since 1970.
    public let time: Double
    /// The curves' names, with slashes between groups, and their values; events hold them as 32-bit floats.
    public let values: [String: Double]

    /// Collects the points of one step.
    public init(step: Int, time: Double, values: [String: Double]) {
        self.step = step
        self.time = time
        self.values = values
    }

    /// The record of an event file, with the values in the order of their names.
    func record() throws -> [UInt8] {
        var event = Event()
        event.wallTime = time
        event.step = Int64(step)
        event.summary.value = values.sorted { $0.key < $1.key }.map { tag, number in
            var value = Summary.Value()
            value.tag = tag
            value.simpleValue = Float(number)
            return value
        }
        return RecordFrame.bytes(of: try event.serializedBytes())
    }

    /// The record with which every event file begins.
    static func header(time: Double) throws -> [UInt8] {
        var event = Event()
        event.wallTime = time
        event.fileVersion = "brain.Event:2"
        return RecordFrame.bytes(of: try event.serializedBytes())
    }
}
