// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles

/// A data set that is known by name.
struct KnownDataset: Sendable {
    /// The reader of the data set's files.
    enum Reader: Sendable {
        /// The format that ``DatasetFinder`` finds in the directory: IDX, or CIFAR in one of its
        /// forms.
        case found
        /// ``SVHN``, file after file.
        case svhn
        /// ``BundledImages``: the program itself has them.
        case bundled
    }

    /// The name on the command line.
    let name: String
    /// What it shows, in a few words.
    let summary: String
    /// Addresses of the directory with its files, tried in this order; each ends with a slash.
    let addresses: [String]
    let trainFiles: [RemoteFile]
    let testFiles: [RemoteFile]
    /// The names of the classes, for sets whose files do not contain them.
    let classNames: [String]
    let reader: Reader
    /// Its directory in the cache; sets that share files share it.
    let folder: String
    /// The directory below the system's data sets in which a distribution installs it.
    let systemDirectory: String?

    init(
        name: String, summary: String = "", addresses: [String], trainFiles: [RemoteFile],
        testFiles: [RemoteFile], classNames: [String], reader: Reader = .found,
        folder: String? = nil, systemDirectory: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.addresses = addresses
        self.trainFiles = trainFiles
        self.testFiles = testFiles
        self.classNames = classNames
        self.reader = reader
        self.folder = folder ?? name
        self.systemDirectory = systemDirectory
    }

    /// The files that a split needs; validation uses the test split, as no other is published.
    func files(_ split: Split) -> [RemoteFile] {
        split == .train ? trainFiles : testFiles
    }

    /// The files of all splits, each once.
    var allFiles: [RemoteFile] {
        trainFiles + testFiles.filter { !trainFiles.contains($0) }
    }
}

extension KnownDataset {
    /// All data sets that are known by name.
    static let all = [fashionMNIST, fashionMNISTSmall, mnist, cifar10, cifar100, svhn, svhnExtra]

    /// Zalando's articles of clothing, 28 x 28 grey (Xiao, Rasul and Vollgraf 2017).
    static let fashionMNIST = KnownDataset(
        name: "fashion-mnist",
        summary: "70,000 grey clothes of 10 kinds, 28x28",
        addresses: [
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ],
        trainFiles: [
            RemoteFile(
                name: "train-images-idx3-ubyte.gz", byteCount: 26_421_880,
                digest: .sha256("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84")),
            RemoteFile(
                name: "train-labels-idx1-ubyte.gz", byteCount: 29_515,
                digest: .sha256("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845")),
        ],
        testFiles: [
            RemoteFile(
                name: "t10k-images-idx3-ubyte.gz", byteCount: 4_422_102,
                digest: .sha256("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073")),
            RemoteFile(
                name: "t10k-labels-idx1-ubyte.gz", byteCount: 5_148,
                digest: .sha256("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
        ],
        classNames: [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
            "Bag", "Ankle boot",
        ],
        systemDirectory: "fashion-mnist")

    /// The first 6,000 training and 1,000 test images of ``fashionMNIST``, which are part of the
    /// program.
    static let fashionMNISTSmall = KnownDataset(
        name: "fashion-mnist-small", summary: "the first 7,000 of fashion-mnist, always here",
        addresses: [], trainFiles: [], testFiles: [], classNames: fashionMNIST.classNames,
        reader: .bundled)

    /// Handwritten digits, 28 x 28 grey (LeCun, Cortes and Burges 1998).
    static let mnist = KnownDataset(
        name: "mnist", summary: "70,000 grey handwritten digits, 28x28",
        addresses: [
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ],
        trainFiles: [
            RemoteFile(
                name: "train-images-idx3-ubyte.gz", byteCount: 9_912_422,
                digest: .sha256("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609")),
            RemoteFile(
                name: "train-labels-idx1-ubyte.gz", byteCount: 28_881,
                digest: .sha256("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c")),
        ],
        testFiles: [
            RemoteFile(
                name: "t10k-images-idx3-ubyte.gz", byteCount: 1_648_877,
                digest: .sha256("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6")),
            RemoteFile(
                name: "t10k-labels-idx1-ubyte.gz", byteCount: 4_542,
                digest: .sha256("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")),
        ],
        classNames: (0...9).map(String.init))

    /// Ten kinds of small colour photographs, 32 x 32 (Krizhevsky 2009).
    static let cifar10 = archive(
        "cifar10", "60,000 photographs, 10 kinds, 32x32",
        "cifar-10-binary.tar.gz", byteCount: 170_052_171,
        digest: .sha256("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"))

    /// A hundred kinds of small colour photographs, 32 x 32 (Krizhevsky 2009).
    static let cifar100 = archive(
        "cifar100", "60,000 photographs, 100 kinds, 32x32",
        "cifar-100-binary.tar.gz", byteCount: 168_513_733,
        digest: .sha256("58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"))

    /// House numbers in colour photographs, 32 x 32 (Netzer and others 2011).
    static let svhn = houseNumbers(
        "svhn", "99,289 digits of house numbers, 32x32", train: [svhnTrain])

    /// The same with the easier extra images, with which the paper trains: 604,388 to train on.
    static let svhnExtra = houseNumbers(
        "svhn-extra", "svhn and 531,131 more to train on",
        train: [
            svhnTrain,
            RemoteFile(
                name: "extra_32x32.mat", byteCount: 1_329_278_602,
                digest: .md5("a93ce644f1a588dc4d68dda5feec44a7")),
        ])

    private static let svhnTrain = RemoteFile(
        name: "train_32x32.mat", byteCount: 182_040_794,
        digest: .md5("e26dedcc434d2e4c54c9b2d4a06d8373"))

    private static func houseNumbers(
        _ name: String, _ summary: String, train: [RemoteFile]
    ) -> KnownDataset {
        let test = RemoteFile(
            name: "test_32x32.mat", byteCount: 64_275_384,
            digest: .md5("eb5a983be6a315427106f1b164d9cef3"))
        return KnownDataset(
            name: name, summary: summary, addresses: ["http://ufldl.stanford.edu/housenumbers/"],
            trainFiles: train, testFiles: [test], classNames: SVHN.classNames, reader: .svhn,
            folder: "svhn")
    }

    private static func archive(
        _ name: String, _ summary: String, _ file: String, byteCount: Int, digest: FileDigest
    ) -> KnownDataset {
        let file = RemoteFile(name: file, byteCount: byteCount, digest: digest)
        return KnownDataset(
            name: name, summary: summary, addresses: ["https://www.cs.toronto.edu/~kriz/"],
            trainFiles: [file],
            testFiles: [file], classNames: [])
    }
}
