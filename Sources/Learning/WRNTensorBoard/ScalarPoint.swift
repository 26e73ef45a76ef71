// SPDX-License-Identifier: Apache-2.0

package import WRNProtobuf

/// The points of some curves at one step.
package struct ScalarPoint: EventPoint, Hashable {
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

    /// The message that the event holds, with the values in the order of their names.
    package var summary: ProtobufMessage {
        var summary = ProtobufMessage()
        for (tag, number) in values.sorted(by: { $0.key < $1.key }) {
            var value = ProtobufMessage()
            value.append(tag, field: EventField.tag)
            value.append(present: Float(number), field: EventField.simpleValue)
            summary.append(value, field: EventField.value)
        }
        return summary
    }

    /// The record with which every event file begins.
    static func header(time: Double) -> [UInt8] {
        var event = ProtobufMessage()
        event.append(time, field: EventField.wallTime)
        event.append("brain.Event:2", field: EventField.fileVersion)
        return RecordFrame.bytes(of: event.bytes)
    }
}
