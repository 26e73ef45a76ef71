// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets

@Suite("wrn train, with input that cannot be used")
struct TrainInputErrorTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    /// Expects one sentence on standard error, the exit code, and nothing left behind.
    private func expectFailure(
        _ arguments: [String], code: Int32 = 1, _ sentence: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try place.contents()
        let result = try place.run(arguments)
        let hint = code == 2 ? "; see 'wrn train --help'" : ""
        #expect(result.code == code, sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        #expect(
            result.problem == "wrn: error: \(sentence)\(hint)\n", sourceLocation: sourceLocation)
        #expect(try place.contents() == before, sourceLocation: sourceLocation)
    }

    @Test("networks that cannot be")
    func networks() throws {
        try expectFailure(
            TrainingPlace.train("wrn-27-10"), code: 2,
            "depth 27 is not a Wide ResNet's: depths are 6N+4 (10, 16, 22, 28, ... up to 10000); "
                + "the nearest are 22 and 28")
        try expectFailure(
            TrainingPlace.train("wrn-16-0"), code: 2,
            "width 0 is out of range: widths are above 0, at least 1/16 so that the first group has a "
                + "channel, and at most 1024; the nearest common one is 1")
        try expectFailure(
            TrainingPlace.train("resnet"), code: 2,
            "\"resnet\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10, "
                + "wrn-40-2-b131 or wrn-50-2, or resnet-DEPTH or preact-resnet-DEPTH, "
                + "for example resnet-50")
        try expectFailure(
            TrainingPlace.train("wrn-50-2", options: ["--dropout", "0.3"]), code: 2,
            "wrn-50-2 has no dropout in its blocks, so dropout must be 0, not 0.3")
    }

    @Test("options that make no sense")
    func options() throws {
        for (arguments, sentence) in [
            (
                ["train"],
                "the network is missing: name one, for example wrn-16-4, or go on with a run (--resume DIR)"
            ),
            (
                ["train", "wrn-10-1", "--data", "data", "--seeds", "2"],
                "--run is missing: the same command with --seeds goes on where it was stopped, so "
                    + "name a directory, for example --run runs/mine"
            ),
            (
                ["train", "--data", "fashion-mnist"],
                "the network is missing: name one, for example wrn-16-4, or go on with a run (--resume DIR)"
            ),
            (
                ["train", "wrn-10-1", "--run", "run"],
                "--data is missing: name a data set (\(DataSource.knownNames.joined(separator: ", "))) "
                    + "or the path of one"
            ),
            (
                ["train", "--resume", "run", "--batch", "3"],
                "--resume goes on with a run as it was begun, so --batch cannot be given with it; only "
                    + "--epochs, --data, --class-map and --exclude (where the same files have moved), --skip-broken, --threads, "
                    + "--checkpoint-every, --keep-checkpoints, --log-every, --no-report and --json can"
            ),
            (
                ["train", "--resume", "run", "--precision", "bf16"],
                "--resume goes on with a run as it was begun, so --precision cannot be given with it; only "
                    + "--epochs, --data, --class-map and --exclude (where the same files have moved), --skip-broken, --threads, "
                    + "--checkpoint-every, --keep-checkpoints, --log-every, --no-report and --json can"
            ),
            (
                TrainingPlace.train(options: ["--set", "precision=bf16"]),
                "--set: precision takes float32, bfloat16, not \"bf16\""
            ),
            (
                TrainingPlace.train(
                    options: ["--precision", "bf16", "--set", "precision=float32"]),
                "--precision bfloat16 and --set precision=float32 are the same setting, precision; "
                    + "give one of them"
            ),
            (TrainingPlace.train(options: ["--lr", "0"]), "--lr must be above 0, not 0.0"),
            (
                TrainingPlace.train(options: ["--dropout", "1"]),
                "--dropout must be at least 0 and below 1, not 1.0"
            ),
            (TrainingPlace.train(epochs: 0), "--epochs must be in 1...1000000, not 0"),
            (
                TrainingPlace.train(options: ["--keep-checkpoints", "0"]),
                "--keep-checkpoints must be in 1...1000000, not 0"
            ),
        ] {
            try expectFailure(arguments, code: 2, sentence)
        }
        let unnamed = try place.run(["train", "--data", "data"])
        #expect(unnamed.code == 2)
        #expect(
            unnamed.problem
                == "wrn: error: the network is missing: only photographs choose one; name it, for "
                + "example wrn-16-4\n")
    }

    @Test("data that is damaged")
    func data() throws {
        try place.writeData(to: "magic", magic: 4)
        try place.writeData(to: "label", lastLabel: 10)
        try place.writeData(to: "counts", labelCount: 39)
        try place.writeData(to: "cut")
        try FileManager.default.removeItem(atPath: place.path + "/cut/train-images-idx3-ubyte")
        // A gzip header and a block of 256 stored bytes, of which only three are there.
        try place.write(
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0x00, 0x01, 0xFF, 0xFE, 0, 0, 8],
            to: "cut/train-images-idx3-ubyte.gz")
        try FileManager.default.createDirectory(
            atPath: place.path + "/empty", withIntermediateDirectories: false)
        for (data, sentence) in [
            (
                "magic",
                "magic/train-images-idx3-ubyte, byte offset 0: the magic number is 0x00000804; expected "
                    + "0x00000803 (IDX images of unsigned bytes), so this is another kind of file"
            ),
            (
                "label",
                "label/train-labels-idx1-ubyte, byte offset 47: label 39 is 10; expected 0 to 9"
            ),
            (
                "counts",
                "counts/train-images-idx3-ubyte, byte offset 4: 40 images, but "
                    + "counts/train-labels-idx1-ubyte has 39 labels; the two files do not belong together"
            ),
            (
                "cut",
                "cut/train-images-idx3-ubyte.gz, byte offset 18: the gzip data end in the middle of a "
                    + "stream, after 3 unpacked bytes; the file was cut off, so get it again"
            ),
            (
                "empty",
                "empty: no training images; looked for the IDX files train-images-idx3-ubyte[.gz] and "
                    + "train-labels-idx1-ubyte[.gz], the CIFAR files data_batch_1.bin, data_batch_1, "
                    + "train.bin, train here and in cifar-10-batches-bin, cifar-10-batches-py, "
                    + "cifar-100-binary, cifar-100-python, the archives cifar-10-binary.tar, "
                    + "cifar-10-python.tar, cifar-100-binary.tar, cifar-100-python.tar[.gz], "
                    + "SVHN's train_32x32.mat, and for image files in class folders, "
                    + "CLASS/NAME.jpg (.jpeg, .png, .webp), here and in train, val and test"
            ),
            (
                "nothing",
                "nothing: there is no such file or directory, and it is not the name of a known data "
                    + "set (\(DataSource.knownNames.joined(separator: ", "))); the working directory holds "
                    + "counts, cut, data, empty and 2 more"
            ),
        ] {
            try expectFailure(TrainingPlace.train(data: data, run: "new/run"), sentence)
        }
    }

    @Test("directories in which no run can be")
    func directories() throws {
        try place.write([1], to: "file")
        try expectFailure(
            TrainingPlace.train(run: "file/run"),
            "file/run: expected file to be a directory, found a file; name a directory for the run")
        try expectFailure(
            TrainingPlace.train(run: "file"),
            "file: expected file to be a directory, found a file; name a directory for the run")
        #expect(try place.run(TrainingPlace.train()).code == 0)
        try expectFailure(
            TrainingPlace.train(),
            "run: the directory holds a run already; go on with it, or name another directory (wrn train --resume run)"
        )
        try expectFailure(
            ["train", "--resume", "data"],
            "data: expected the file config.json of a run, found none; check the path, or begin a run there"
        )
        try expectFailure(
            ["train", "--resume", "nothing"],
            "nothing: expected the directory of a run, found nothing; the working directory holds data, file, run"
        )
    }

    @Test("the checkpoint of another network")
    func otherCheckpoint() throws {
        _ = try place.run(TrainingPlace.train(run: "a"))
        _ = try place.run(TrainingPlace.train("wrn-16-0.5", run: "b"))
        let file = TrainingPlace.checkpoint(6)
        for name in [file, file + ".sha256"] {
            try place.write(Array(place.bytes("b/" + name)), to: "a/" + name)
        }
        let before = try place.bytes("a/model.safetensors")
        try expectFailure(
            ["train", "--resume", "a"],
            "a/\(file): the tensors are not this network's: 30 extra "
                + "(\"group0.block1.bn0.bias\", \"group0.block1.bn0.running_mean\", "
                + "\"group0.block1.bn0.running_var\", \"group0.block1.bn0.weight\", "
                + "\"group0.block1.bn1.bias\" and 25 more); 34 differently shaped "
                + "(\"group0.block0.shortcut.weight\" expected [4, 16, 1, 1] found [8, 16, 1, 1], "
                + "\"group0.block0.conv0.weight\" expected [4, 16, 3, 3] found [8, 16, 3, 3], "
                + "\"group0.block0.bn1.weight\" expected [4] found [8], "
                + "\"group0.block0.bn1.bias\" expected [4] found [8], "
                + "\"group0.block0.bn1.running_mean\" expected [4] found [8] and 29 more); "
                + "choose the network that the file was written for")
        #expect(try place.bytes("a/model.safetensors") == before)
    }

    @Test("images that are others than the run began with")
    func otherImages() throws {
        _ = try place.run(TrainingPlace.train())
        try place.writeData(labelCount: 39)
        try expectFailure(
            ["train", "--resume", "run", "--epochs", "3"],
            "\(place.path)/data/train-images-idx3-ubyte, byte offset 4: 40 images, but "
                + "\(place.path)/data/train-labels-idx1-ubyte has 39 labels; the two files do not belong "
                + "together")
    }
}
