// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNProtobuf

@testable import WRNTensorBoard

/// The bytes are those of the package `tensorboard` 2.21: its messages of the same content, in a
/// `Summary` with its metadata and its empty tensor.
@Suite("Settings for TensorBoard")
struct HyperparameterPointTests {
    private func hex(_ point: any EventPoint) -> String {
        point.summary.bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private func start(_ settings: [String: HyperparameterPoint.Value]) -> String {
        hex(HyperparameterPoint(.start(settings), time: 1000))
    }

    private static let head =
        "1c5f68706172616d735f2f73657373696f6e5f73746172745f696e666f42060801120212004a"
    private static let plugin = "0a0768706172616d73"

    @Test("are the messages of the plugin, byte for byte, 0 and false among them")
    func start() {
        let (head, plugin) = (Self.head, Self.plugin)
        #expect(
            start(["lr": .number(0.5)])
                == "0a510a\(head)290a27\(plugin)121c1a1a0a0f0a026c72120911000000000000e03f"
                + "290000000000408f40")
        #expect(
            start(["n": .number(0)])
                == "0a500a\(head)280a26\(plugin)121b1a190a0e0a016e1209110000000000000000"
                + "290000000000408f40")
        #expect(
            start(["name": .text("a")])
                == "0a4d0a\(head)250a23\(plugin)12181a160a0b0a046e616d6512031a0161"
                + "290000000000408f40")
        #expect(
            start(["flag": .flag(false)])
                == "0a4c0a\(head)240a22\(plugin)12171a150a0a0a04666c616712022000"
                + "290000000000408f40")
    }

    @Test("the end of a run, and the experiment of a directory of runs")
    func endAndExperiment() {
        #expect(
            hex(HyperparameterPoint(.end, time: 2000))
                == "0a400a1a5f68706172616d735f2f73657373696f6e5f656e645f696e666f4206080112021200"
                + "4a1a0a180a0768706172616d73120d220b0801110000000000409f40")
        let experiment = HyperparameterPoint.Content.experiment(
            settings: [
                HyperparameterPoint.Setting(name: "lr", kind: .number),
                HyperparameterPoint.Setting(name: "s", kind: .text),
            ], metrics: ["accuracy/validation"])
        #expect(
            hex(HyperparameterPoint(experiment, time: 5))
                == "0a620a145f68706172616d735f2f6578706572696d656e744206080112021200"
                + "4a420a400a0768706172616d731235123319000000000000144022060a026c7220032205"
                + "0a017320012a190a15121361636375726163792f76616c69646174696f6e2802")
    }

    @Test("a picture is TensorBoard's message, too")
    func picture() {
        let point = PicturePoint(
            step: 0, time: 1, tag: "examples", png: Array("PNG".utf8), height: 2, width: 3,
            channels: 3)
        #expect(hex(point) == "0a170a086578616d706c6573220b0802100318032203504e47")
    }
}
