// SPDX-License-Identifier: Apache-2.0

package import WRNProtobuf

/// What an event file holds of one step: values of curves, a picture, or settings.
package protocol EventPoint: Sendable {
    /// When it was measured, in seconds since 1970.
    var time: Double { get }
    /// Its place on the axis.
    var step: Int { get }
    /// The message `Summary` that the event holds.
    var summary: ProtobufMessage { get }
}

/// Numbers of fields in TensorBoard's event.proto, summary.proto and tensor.proto.
enum EventField {
    static let wallTime: UInt64 = 1
    static let step: UInt64 = 2
    static let fileVersion: UInt64 = 3
    static let summary: UInt64 = 5
    /// Of a summary: one value.
    static let value: UInt64 = 1
    /// Of a value: its name.
    static let tag: UInt64 = 1
    static let simpleValue: UInt64 = 2
    static let image: UInt64 = 4
    static let tensor: UInt64 = 8
    static let metadata: UInt64 = 9
}

extension EventPoint {
    /// The record of an event file.
    func record() -> [UInt8] {
        var event = ProtobufMessage()
        event.append(time, field: EventField.wallTime)
        event.append(Int64(step), field: EventField.step)
        event.append(summary, field: EventField.summary)
        return RecordFrame.bytes(of: event.bytes)
    }
}

/// A picture at one step.
package struct PicturePoint: EventPoint, Hashable {
    package let step: Int
    package let time: Double
    /// The picture's name, with slashes between groups.
    let tag: String
    /// The picture as a PNG file.
    let png: [UInt8]
    let height: Int
    let width: Int
    /// 1 for grey, 3 for red, green and blue.
    let channels: Int

    /// Describes a picture.
    package init(
        step: Int, time: Double, tag: String, png: [UInt8], height: Int, width: Int, channels: Int
    ) {
        self.step = step
        self.time = time
        self.tag = tag
        self.png = png
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// The message that the event holds.
    package var summary: ProtobufMessage {
        var image = ProtobufMessage()
        image.append(Int64(height), field: 1)
        image.append(Int64(width), field: 2)
        image.append(Int64(channels), field: 3)
        image.append(.bytes(png), field: 4)
        var value = ProtobufMessage()
        value.append(tag, field: EventField.tag)
        value.append(image, field: EventField.image)
        var summary = ProtobufMessage()
        summary.append(value, field: EventField.value)
        return summary
    }
}
