// SPDX-License-Identifier: Apache-2.0

import WRNProtobuf

/// The points of some curves at one step.
package struct ScalarPoint: Hashable, Sendable {
    /// The points' place on the axis.
    package let step: Int
    /// When they were measured, in seconds since 1970.
    package let time: Double
    /// The curves' names, with slashes between groups, and their values; events hold them as 32-bit
    /// floats.
    package let values: [String: Double]

    /// Collects the points of one step.
    package init(step: Int, time: Double, values: [String: Double]) {
        self.step = step
        self.time = time
        self.values = values
    }

    /// Numbers of fields in TensorBoard's event.proto and summary.proto.
    private enum Field {
        static let wallTime: UInt64 = 1
        static let step: UInt64 = 2
        static let fileVersion: UInt64 = 3
        static let summary: UInt64 = 5
        /// Of a summary: one curve's point.
        static let value: UInt64 = 1
        /// Of a point: the name of its curve.
        static let tag: UInt64 = 1
        static let simpleValue: UInt64 = 2
    }

    /// The record of an event file, with the values in the order of their names.
    func record() -> [UInt8] {
        var summary = ProtobufMessage()
        for (tag, number) in values.sorted(by: { $0.key < $1.key }) {
            var value = ProtobufMessage()
            value.append(tag, field: Field.tag)
            value.append(present: Float(number), field: Field.simpleValue)
            summary.append(value, field: Field.value)
        }
        var event = ProtobufMessage()
        event.append(time, field: Field.wallTime)
        event.append(Int64(step), field: Field.step)
        event.append(summary, field: Field.summary)
        return RecordFrame.bytes(of: event.bytes)
    }

    /// The record with which every event file begins.
    static func header(time: Double) -> [UInt8] {
        var event = ProtobufMessage()
        event.append(time, field: Field.wallTime)
        event.append("brain.Event:2", field: Field.fileVersion)
        return RecordFrame.bytes(of: event.bytes)
    }
}
