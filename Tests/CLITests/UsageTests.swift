// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets

@Suite("Commands that make no sense")
struct UsageTests {
    @Test(
        "end with code 2 and one sentence, and leave nothing behind",
        arguments: [
            (
                ["summary", "wrn-27-10"],
                "depth 27 is not a Wide ResNet's: depths are 6N+4 (10, 16, 22, 28, ... up to 10000); the nearest are 22 and 28"
            ),
            (
                ["summary", "wrn-28-0"],
                "width 0 is out of range: widths are above 0, at least 1/16 so that the first group has a channel, and at most 1024; the nearest common one is 1"
            ),
            (
                ["summary", "vgg-16"],
                "\"vgg-16\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10, wrn-40-2-b131 or wrn-50-2, or resnet-DEPTH or preact-resnet-DEPTH, for example resnet-50"
            ),
            (
                ["summary", "resnet-19"],
                "depth 19 is not a ResNet's for small images: with basic blocks depths are 6n+2, with bottlenecks 9n+2, up to 10000; the nearest are 14 and 20"
            ),
            (
                ["summary", "wrn-50-2", "--dropout", "0.3"],
                "wrn-50-2 has no dropout in its blocks, so dropout must be 0, not 0.3"
            ),
            (["summary", "wrn-16-1", "--classes", "0"], "classes must be in 1...1000000, not 0"),
            (
                ["summary", "wrn-16-1", "--dropout", "1"],
                "dropout must be at least 0 and below 1, not 1.0 (the paper uses 0.3 and 0.4)"
            ),
            (
                ["summary", "wrn-16-1", "--input", "3x32"],
                "The value '3x32' is invalid for '--input <CxHxW>': expected CxHxW, for example 3x32x32 or 1x28x28; see 'wrn summary --help'"
            ),
            (
                ["summary", "wrn-16-1", "--input", "0x32x32"],
                "input channels must be in 1...1024, not 0 (3 for colour, 1 for grey)"
            ),
            (
                ["summary", "wrn-16-1", "--batch", "0"],
                "--batch must be in 1...65536, not 0; see 'wrn summary --help'"
            ),
            (
                ["summary", "wrn-16-1", "--batch", "65536", "--input", "3x65536x65536"],
                "a batch of 65536 images of 3x65536x65536 needs more memory than can be counted; choose a smaller batch or smaller images"
            ),
            (["summary"], "Missing expected argument '<network>'; see 'wrn summary --help'"),
            (
                ["evaluate", "--weights", "model"],
                "Missing expected argument '--data <source>'; see 'wrn evaluate --help'"
            ),
            (
                ["evaluate", "--weights", "model", "--data", "data", "--limit", "0"],
                "--limit must be 1 or more, not 0; see 'wrn evaluate --help'"
            ),
            (
                ["evaluate", "--weights", "model", "--data", "data", "--threads", "0"],
                "--threads must be in 1...1024, not 0; see 'wrn evaluate --help'"
            ),
            (
                ["predict", "--weights", "model", "0"],
                "there is no file 0; to classify a test image by its index, name its data set, for example --data fashion-mnist"
            ),
            (
                ["predict", "--weights", "model", "--data", "data", "cat.png"],
                "with --data each INPUT is an index of a test image, 0 or more, not \"cat.png\"; leave --data out to classify files; see 'wrn predict --help'"
            ),
            (
                ["predict", "--weights", "model", "--data", "data", "1", "--top", "0"],
                "--top must be 1 or more, not 0; see 'wrn predict --help'"
            ),
            (
                ["predict", "--weights", "model", "--data", "data"],
                "Missing expected argument '<input> ...'; see 'wrn predict --help'"
            ),
            (
                ["bench", "vgg-16"],
                "\"vgg-16\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10, wrn-40-2-b131 or wrn-50-2, or resnet-DEPTH or preact-resnet-DEPTH, for example resnet-50"
            ),
            (
                ["plan", "wrn-27-10", "--train"],
                "depth 27 is not a Wide ResNet's: depths are 6N+4 (10, 16, 22, 28, ... up to 10000); the nearest are 22 and 28"
            ),
            (
                ["bench", "wrn-10-1", "--batch", "0"],
                "--batch must be in 1...65536, not 0; see 'wrn bench --help'"
            ),
            (
                ["plan", "wrn-10-1", "--threads", "0"],
                "--threads must be in 1...1024, not 0; see 'wrn plan --help'"
            ),
            (
                ["bench", "wrn-10-1", "--repeats", "0"],
                "--repeats must be in 1...100000, not 0; see 'wrn bench --help'"
            ),
            (
                ["bench", "wrn-10-1", "--instruction-set", "mmx"],
                "The value 'mmx' is invalid for '--instruction-set <set>'. Please provide one of 'scalar', 'avx2', 'avx512' or 'neon'; see 'wrn bench --help'"
            ),
            (
                ["plan", "wrn-16-1", "--batch", "65536", "--input", "3x65536x65536"],
                "a batch of 65536 images of 3x65536x65536 needs more memory than can be counted; choose a smaller batch or smaller images"
            ),
            (
                ["plan", "wrn-28-1024", "--train", "--batch", "65536"],
                "a batch of 65536 images of 3x32x32 takes more operations than can be counted; choose a smaller batch or a smaller network"
            ),
            (
                ["summary", "wrn-28-10-l20"],
                "a block has 1 to 16 convolutions, not 20; the paper's have 1 to 4"
            ),
            (
                ["summary", "wrn-40-2-b341"],
                "a block's kernels are 1x1, 3x3, 5x5 or 7x7, not 4x4; the paper's are 1x1 and 3x3, for example B(1,3,1)"
            ),
            (
                ["summary", "resnet-18", "--input", "3x28x16"],
                "images of 28x16 are too small for resnet-18, whose strides halve them 5 times, which takes 17x17 pixels; the nearest size is 28x17"
            ),
            (
                ["summary", "wrn-28-10", "--dropout", "-0.1"],
                "dropout must be at least 0 and below 1, not -0.1 (the paper uses 0.3 and 0.4)"
            ),
            (["bake"], "'bake' is no command; see 'wrn --help'"),
            (["evaluat", "--data", "x"], "'evaluat' is no command; did you mean 'wrn evaluate'?"),
            (
                ["weights", "lst"],
                "'lst' is no command of 'wrn weights'; did you mean 'wrn weights list'?"
            ),
            (
                ["data", "inspekt", "x"],
                "'inspekt' is no command of 'wrn data'; did you mean 'wrn data inspect'?"
            ),
            (
                ["runs", "compar", "a", "b"],
                "'compar' is no command of 'wrn runs'; did you mean 'wrn runs compare'?"
            ),
            (
                ["train", "wrn-10-1", "--data", "data", "--run", "r", "--lr", "-1"],
                "--lr must be above 0, not -1.0; see 'wrn train --help'"
            ),
            (
                ["train", "wrn-10-1", "--data", "data", "--run", "r", "--epochs", "-3"],
                "--epochs must be in 1...1000000, not -3; see 'wrn train --help'"
            ),
            (
                ["predict", "a.png", "--top", "-1"],
                "--top must be 1 or more, not -1; see 'wrn predict --help'"
            ),
            (
                ["predict", "--data", "data", "-1"],
                "'wrn predict' has no option -1, nor an argument that is a negative number; see 'wrn predict --help'"
            ),
            (
                ["predict", "--data", "data", "0", "-o", "x", "-2"],
                "'wrn predict' has no option -2, nor an argument that is a negative number; see 'wrn predict --help'"
            ),
            (
                ["predict", "--data", "data", "--", "-1"],
                "with --data each INPUT is an index of a test image, 0 or more, not \"-1\"; leave --data out to classify files; see 'wrn predict --help'"
            ),
            (
                ["train", "wrn-10-1", "--data", "data", "--run", "r", "--epochs", "1.5"],
                "The value '1.5' is invalid for '--epochs <epochs>': expected a whole number from 0 to 9223372036854775807; see 'wrn train --help'"
            ),
            (
                ["plan", "wrn-10-1", "--threads", "two"],
                "The value 'two' is invalid for '--threads <threads>': expected a number; see 'wrn plan --help'"
            ),
            (
                ["train", "wrn-10-1", "--data", "data", "--run", "r", "--seed", "-1"],
                "The value '-1' is invalid for '--seed <seed>': expected a whole number from 0 to 9223372036854775807; see 'wrn train --help'"
            ),
            (
                ["predict", "--flip", "a.png"],
                "'wrn predict' has no option --flip; it is an option of 'wrn evaluate'"
            ),
            (
                ["evaluate", "--data", "data", "--flipp"],
                "'wrn evaluate' has no option --flipp; did you mean --flip?"
            ),
            (
                ["train", "wrn-10-1", "--data", "data", "--learning-rate", "0.1"],
                "'wrn train' has no option --learning-rate; did you mean --lr?"
            ),
            (
                ["train", "wrn-10-1", "--data", "data", "-lr", "0.1"],
                "'wrn train' has no option -lr; did you mean --lr?"
            ),
            (
                ["train", "wrn-10-1", "--data", "data", "--gpu"],
                "'wrn train' has no option --gpu; see 'wrn train --help'"
            ),
            (
                ["convert", "a", "b", "--dialect", "torchvison"],
                "The value 'torchvison' is invalid for '--dialect <name>'. Please provide one of canonical, torchvision, authors, xternalz, akamaster, bmsookim, pytorchcv, deepmind; did you mean torchvision?"
            ),
            (
                ["plan", "wrn-10-1", "--instruction-set", "AVX51"],
                "The value 'AVX51' is invalid for '--instruction-set <set>'. Please provide one of 'scalar', 'avx2', 'avx512' or 'neon'; did you mean avx512?"
            ),
            (
                ["summary", "wrn-10-1", "--columns", "kernel,ouput"],
                "The value 'kernel,ouput' is invalid for '--columns <columns>': \"ouput\" is no column; they are kernel, input, output, parameters, share, macs, trainable, all of them are called all, and torchsummary is a layout of its own; did you mean output?"
            ),
            (
                ["data", "get", "cifar1O"],
                "there is no data set \"cifar1O\" to get; there are \(DataSource.knownNames.joined(separator: ", ")); did you mean cifar10?"
            ),
            (["help", "trian"], "'trian' is no command; did you mean 'wrn train'?"),
            (
                ["help", "data", "inspekt"],
                "'inspekt' is no command of 'wrn data'; did you mean 'wrn data inspect'?"
            ),
            (
                ["help", "data", "cifar10"],
                "'cifar10' is no command of 'wrn data'; see 'wrn data --help'"
            ),
            (["help", "bake"], "'bake' is no command; see 'wrn --help'"),
            (
                ["summary", "wm-28-10"],
                "\"wm-28-10\" names no network; did you mean wrn-28-10?"
            ),
        ])
    func usage(_ arguments: [String], _ sentence: String) throws {
        let workplace = try Workplace()
        let before = try workplace.contents()
        let result = try Program.run(arguments, in: workplace.path)
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.problem == "wrn: error: \(sentence)\n")
        #expect(try workplace.contents() == before)
    }
}
