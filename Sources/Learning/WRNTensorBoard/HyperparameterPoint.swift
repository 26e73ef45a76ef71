// SPDX-License-Identifier: Apache-2.0

package import WRNProtobuf

/// A message for TensorBoard's tab HPARAMS: the settings of a run, the end of a run, or the
/// settings and metrics that a directory of runs is about.
///
/// The messages are those of the `hparams` plugin, in a value that has the plugin's data as its
/// metadata and an empty tensor.
package struct HyperparameterPoint: EventPoint, Hashable {
    /// The value of a setting.
    package enum Value: Hashable, Sendable {
        case number(Double)
        case text(String)
        case flag(Bool)
    }

    /// The kind of a setting's values.
    package enum Kind: Int64, Hashable, Sendable {
        case text = 1
        case flag = 2
        case number = 3
    }

    /// A setting in which runs differ.
    package struct Setting: Hashable, Sendable {
        let name: String
        let kind: Kind

        /// Names a setting.
        package init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// The content of the message.
    package enum Content: Hashable, Sendable {
        /// A run begins with these settings.
        case start([String: Value])
        /// A run is finished.
        case end
        /// The settings in which runs differ, and the curves that compare them.
        case experiment(settings: [Setting], metrics: [String])
    }

    package let time: Double
    /// Settings have no place on the axis of steps.
    package var step: Int { 0 }
    private let content: Content

    /// Makes a message.
    ///
    /// - Parameter time: When the run began or ended, or the directory was created, in seconds
    ///   since 1970.
    package init(_ content: Content, time: Double) {
        self.content = content
        self.time = time
    }

    private static let plugin = "hparams"
    /// An empty tensor of floats: `dtype` 1, a shape with one extent of 0.
    private static let noTensor: [UInt8] = [0x08, 0x01, 0x12, 0x02, 0x12, 0x00]
    /// The number of `STATUS_SUCCESS`.
    private static let success: Int64 = 1
    /// The number of `DATASET_VALIDATION`.
    private static let validation: Int64 = 2

    /// The message that the event holds.
    package var summary: ProtobufMessage {
        let (tag, field, message) = data
        var content = ProtobufMessage()
        content.append(message, field: field)
        var pluginData = ProtobufMessage()
        pluginData.append(Self.plugin, field: 1)
        pluginData.append(.bytes(content.bytes), field: 2)
        var metadata = ProtobufMessage()
        metadata.append(pluginData, field: 1)
        var value = ProtobufMessage()
        value.append("_hparams_/" + tag, field: EventField.tag)
        value.append(.bytes(Self.noTensor), field: EventField.tensor)
        value.append(metadata, field: EventField.metadata)
        var summary = ProtobufMessage()
        summary.append(value, field: EventField.value)
        return summary
    }

    /// The tag, and the field and the message of `HParamsPluginData`.
    private var data: (tag: String, field: UInt64, message: ProtobufMessage) {
        var message = ProtobufMessage()
        switch content {
        case .start(let settings):
            for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
                var entry = ProtobufMessage()
                entry.append(name, field: 1)
                entry.append(Self.message(value), field: 2)
                message.append(entry, field: 1)
            }
            message.append(time, field: 5)
            return ("session_start_info", 3, message)
        case .end:
            message.append(Self.success, field: 1)
            message.append(time, field: 2)
            return ("session_end_info", 4, message)
        case .experiment(let settings, let metrics):
            message.append(time, field: 3)
            for setting in settings {
                var information = ProtobufMessage()
                information.append(setting.name, field: 1)
                information.append(setting.kind.rawValue, field: 4)
                message.append(information, field: 4)
            }
            for metric in metrics {
                var name = ProtobufMessage()
                name.append(metric, field: 2)
                var information = ProtobufMessage()
                information.append(name, field: 1)
                information.append(Self.validation, field: 5)
                message.append(information, field: 5)
            }
            return ("experiment", 2, message)
        }
    }

    /// A message `google.protobuf.Value`, whose fields are choices and written whatever they hold.
    private static func message(_ value: Value) -> ProtobufMessage {
        var message = ProtobufMessage()
        switch value {
        case .number(let number): message.append(present: number, field: 2)
        case .text(let text): message.append(text, field: 3)
        case .flag(let flag): message.append(present: Int64(flag ? 1 : 0), field: 4)
        }
        return message
    }
}
