// SPDX-License-Identifier: Apache-2.0

/// One of the forms in which CIFAR-10 and CIFAR-100 are published: which files there are, and what they hold.
struct CIFARLayout: Sendable {
    /// How a file holds its images.
    enum Encoding: Hashable, Sendable {
        /// Records of some label bytes and 3,072 pixel bytes; the class is the last label byte.
        case binary(labelByteCount: Int)
        /// A pickled dictionary with `data` and a list of labels.
        case pickle(labelsKey: String, namesKey: String)
    }

    /// The number of rows, and of columns.
    static let side = 32
    /// Red, green and blue.
    static let channels = 3
    /// The bytes of one image.
    static let imageByteCount = side * side * channels

    /// The data set's name.
    let dataset: String
    /// The folder that its archive unpacks to.
    let folder: String
    /// The archive's name, without `.gz`.
    let archive: String
    let trainFiles: [String]
    let testFiles: [String]
    /// The file with the classes' names.
    let namesFile: String
    let encoding: Encoding
    let classCount: Int

    /// The files of one split.
    func files(_ split: Split) -> [String] {
        split == .train ? trainFiles : testFiles
    }

    /// Whether a folder with the files that `contains` knows looks like this layout.
    ///
    /// One of several batches is enough, so that reading can name those that are missing. `train` and `test` are
    /// common names; only with `meta` beside them are they CIFAR-100's.
    func isRecognizable(_ split: Split, contains: (String) -> Bool) -> Bool {
        guard case .pickle = encoding, files(split).allSatisfy({ !$0.contains("batch") }) else {
            return files(split).contains(where: contains)
        }
        return files(split).contains(where: contains) && contains(namesFile)
    }

    /// All forms, the preferred one of each data set first.
    static let all = [cifar10Binary, cifar10Python, cifar100Binary, cifar100Python]

    static let cifar10Binary = CIFARLayout(
        dataset: "cifar10", folder: "cifar-10-batches-bin", archive: "cifar-10-binary.tar",
        trainFiles: (1...5).map { "data_batch_\($0).bin" }, testFiles: ["test_batch.bin"],
        namesFile: "batches.meta.txt", encoding: .binary(labelByteCount: 1), classCount: 10)

    static let cifar10Python = CIFARLayout(
        dataset: "cifar10", folder: "cifar-10-batches-py", archive: "cifar-10-python.tar",
        trainFiles: (1...5).map { "data_batch_\($0)" }, testFiles: ["test_batch"],
        namesFile: "batches.meta",
        encoding: .pickle(labelsKey: "labels", namesKey: "label_names"), classCount: 10)

    static let cifar100Binary = CIFARLayout(
        dataset: "cifar100", folder: "cifar-100-binary", archive: "cifar-100-binary.tar",
        trainFiles: ["train.bin"], testFiles: ["test.bin"], namesFile: "fine_label_names.txt",
        encoding: .binary(labelByteCount: 2), classCount: 100)

    static let cifar100Python = CIFARLayout(
        dataset: "cifar100", folder: "cifar-100-python", archive: "cifar-100-python.tar",
        trainFiles: ["train"], testFiles: ["test"], namesFile: "meta",
        encoding: .pickle(labelsKey: "fine_labels", namesKey: "fine_label_names"),
        classCount: 100)
}
