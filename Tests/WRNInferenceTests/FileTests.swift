// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNInference
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("Models in files")
struct FileTests {
    private func message(_ path: String) -> String {
        do {
            _ = try Classifier(contentsOf: path)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("a file and the directory of a run answer as the model that was written")
    func roundTrip() throws {
        try withTemporaryDirectory { directory in
            let file = directory + "/model.safetensors"
            try TinyModel.model().write(to: file)
            let images = try TinyModel.images(9)
            let expected = try TinyModel.classifier(batch: 4).evaluate(images)
            for path in [file, directory, directory + "/"] {
                let classifier = try Classifier(contentsOf: path, batch: 4)
                #expect(classifier.description == TinyModel.description())
                #expect(try classifier.evaluate(images) == expected)
            }
        }
    }

    @Test("a directory without a model is named")
    func emptyDirectory() throws {
        try withTemporaryDirectory { directory in
            #expect(
                message(directory)
                    == "\(directory): expected a file model.safetensors in the directory, found none; "
                    + "choose a finished run or a .safetensors file")
        }
    }

    @Test("a path with nothing there is named")
    func nothing() {
        #expect(message("/nowhere/model.safetensors").hasPrefix("/nowhere/model.safetensors: "))
    }

    @Test("a file that is no model is refused")
    func noModel() throws {
        try withTemporaryDirectory { directory in
            let text = directory + "/text"
            try Data("This is a text and no tensor at all.".utf8)
                .write(to: URL(fileURLWithPath: text))
            #expect(message(text).hasPrefix("\(text): "))

            let plain = directory + "/plain.safetensors"
            try Safetensors.write(
                [NamedTensor(name: "a", tensor: Tensor(shape: TensorShape([1]), repeating: 1))],
                to: plain
            )
            #expect(
                message(plain)
                    == "\(plain): expected the tensors of a residual network of the zoo, found others, "
                    + "for example \"a\"; check that the file is one of a network of the zoo")
        }
    }

    @Test("a network that cannot be built is named with its file")
    func impossibleNetwork() throws {
        try withTemporaryDirectory { directory in
            let file = directory + "/model.safetensors"
            let tensors = try TinyModel.model().tensors
            try Model(
                description: TinyModel.description(architecture: "wrn-11-1"), tensors: tensors
            ).write(to: file)
            #expect(
                message(file).hasPrefix(
                    "\(file): the file describes a network that cannot be built: depth 11 is not "))
        }
    }

    @Test("the tensors of another network are listed")
    func otherNetwork() throws {
        try withTemporaryDirectory { directory in
            let file = directory + "/model.safetensors"
            let tensors = try TinyModel.model().tensors
            try Model(
                description: TinyModel.description(architecture: "wrn-16-2"), tensors: tensors
            ).write(to: file)
            let text = message(file)
            #expect(text.hasPrefix("\(file): the tensors are not this network's: "))
            #expect(text.contains(" missing ("))
            #expect(text.contains(" differently shaped ("))
        }
    }
}
