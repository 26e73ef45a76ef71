// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets

@Suite("Input that cannot be used")
struct InputErrorTests {
    private func expectFailure(
        _ workplace: Workplace, _ arguments: [String], _ sentence: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try workplace.contents()
        let result = try Program.run(arguments, in: workplace.path)
        #expect(result.code == 1, sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        #expect(
            result.problem == "wrn: error: \(sentence)\n", sourceLocation: sourceLocation)
        #expect(try workplace.contents() == before, sourceLocation: sourceLocation)
    }

    private func evaluate(weights: String = "model", data: String = "data") -> [String] {
        ["evaluate", "--weights", weights, "--data", data]
    }

    @Test("models that are none")
    func models() throws {
        let workplace = try Workplace()
        try workplace.write([], to: "empty")
        try workplace.write(Array("no tensors at all, only words".utf8), to: "words")
        let model = try workplace.bytes(of: "model/model.safetensors")
        try workplace.write(Array(model.dropLast(4)), to: "truncated")
        try workplace.write([255, 255, 255, 255, 0, 0, 0, 0] + model.dropFirst(8), to: "lying")
        try workplace.writeModel("wrn-10-1", claiming: "wrn-27-10", to: "impossible")
        for (weights, sentence) in [
            (
                "nothing",
                "nothing: there is no such file or directory, and no known weights have this name; "
                    + "the working directory holds data, empty, impossible, lying and 3 more"
            ),
            (
                "data",
                "data: expected a file model.safetensors in the directory, "
                    + "found none; choose a finished run or a .safetensors file"
            ),
            (
                "bundeld",
                "bundeld: there is no such file or directory; did you mean bundled, the model that "
                    + "is part of the program?"
            ),
            (
                "empty",
                "empty: expected a safetensors file, one of PyTorch's or NumPy's, found no bytes; "
                    + "check what the file is"
            ),
            (
                "words",
                "words: expected a safetensors file, one of PyTorch's or NumPy's, found plain text; "
                    + "it was saved in place of the weights, so get the weights again"
            ),
            (
                "truncated",
                "truncated: tensor \"group2.block0.shortcut.weight\": "
                    + "expected it within the 312164 bytes of data, found bytes "
                    + "303976 to 312168 of the data; the file was cut off or is "
                    + "damaged: download or export it again"
            ),
            (
                "lying",
                "lying: expected a header of at most 100000000 bytes, found "
                    + "the length 4294967295; the file is damaged or no safetensors "
                    + "file: check what it is"
            ),
            (
                "impossible",
                "impossible: the file describes a network that cannot be "
                    + "built: depth 27 is not a Wide ResNet's: depths are 6N+4 (10, "
                    + "16, 22, 28, ... up to 10000); the nearest are 22 and 28"
            ),
        ] {
            try expectFailure(workplace, evaluate(weights: weights), sentence)
        }
    }

    @Test("the bundled model's name, misspelt, also where a file is converted")
    func misspeltBundled() throws {
        try expectFailure(
            Workplace(), ["convert", "bundld", "a.pth"],
            "bundld: there is no such file or directory; did you mean bundled, the model that is "
                + "part of the program?")
    }

    @Test("a checkpoint of another network")
    func otherNetwork() throws {
        let workplace = try Workplace()
        try workplace.writeModel("wrn-10-1", claiming: "wrn-16-2", to: "other")
        try expectFailure(
            workplace, evaluate(weights: "other"),
            "other: the tensors are not this network's: 31 missing "
                + "(\"group0.block0.shortcut.weight\", "
                + "\"group0.block1.bn0.weight\", \"group0.block1.bn0.bias\", "
                + "\"group0.block1.bn0.running_mean\", "
                + "\"group0.block1.bn0.running_var\" and 26 more); 33 "
                + "differently shaped (\"group0.block0.conv0.weight\" expected "
                + "[32, 16, 3, 3] found [16, 16, 3, 3], "
                + "\"group0.block0.bn1.weight\" expected [32] found [16], "
                + "\"group0.block0.bn1.bias\" expected [32] found [16], "
                + "\"group0.block0.bn1.running_mean\" expected [32] found [16], "
                + "\"group0.block0.bn1.running_var\" expected [32] found [16] "
                + "and 28 more); choose the network that the file was written "
                + "for")
    }

    @Test("data sets that are none")
    func dataSets() throws {
        let workplace = try Workplace()
        try workplace.writeImages(to: "magic", count: 3, magic: 4)
        try workplace.writeImages(to: "label", count: 3, firstLabel: 10)
        try workplace.writeImages(to: "counts", count: 3, labelCount: 2)
        for (data, sentence) in [
            (
                "nothing",
                "nothing: there is no such file or directory, and it is not "
                    + "the name of a known data set (\(DataSource.knownNames.joined(separator: ", "))); "
                    + "the working directory holds counts, data, label, magic and 1 more"
            ),
            (
                "model",
                "model: no test images; looked for the IDX files "
                    + "t10k-images-idx3-ubyte[.gz] and t10k-labels-idx1-ubyte[.gz], "
                    + "the CIFAR files test_batch.bin, test_batch, test.bin, test "
                    + "here and in cifar-10-batches-bin, cifar-10-batches-py, "
                    + "cifar-100-binary, cifar-100-python, the archives "
                    + "cifar-10-binary.tar, cifar-10-python.tar, "
                    + "cifar-100-binary.tar, cifar-100-python.tar[.gz], SVHN's "
                    + "test_32x32.mat, and for image files in class folders, "
                    + "CLASS/NAME.jpg (.jpeg, .png, .webp), here and in train, val and test"
            ),
            (
                "magic",
                "magic/t10k-images-idx3-ubyte, byte offset 0: the magic "
                    + "number is 0x00000804; expected 0x00000803 (IDX images of "
                    + "unsigned bytes), so this is another kind of file"
            ),
            (
                "label",
                "label/t10k-labels-idx1-ubyte, byte offset 8: label 0 is 10; "
                    + "expected 0 to 9"
            ),
            (
                "counts",
                "counts/t10k-images-idx3-ubyte, byte offset 4: 3 images, but "
                    + "counts/t10k-labels-idx1-ubyte has 2 labels; the two files do "
                    + "not belong together"
            ),
        ] {
            try expectFailure(workplace, evaluate(data: data), sentence)
        }
    }

    @Test("data that does not fit the model")
    func unfitting() throws {
        let workplace = try Workplace()
        try workplace.writeModel("wrn-10-1", channels: 3, size: 32, to: "colour")
        try expectFailure(
            workplace, evaluate(weights: "colour"),
            "idx: the model takes 3x32x32 images, the data set has 1x8x8; "
                + "choose the data that the model was trained on, or train a "
                + "model on this data")
        try expectFailure(
            workplace, ["predict", "--weights", "model", "--data", "data", "0", "12"],
            "idx: there is no image 12: choose an index in 0...11")
    }
}
