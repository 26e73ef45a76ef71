// SPDX-License-Identifier: Apache-2.0

extension KnownDataset {
    /// All data sets that are known by name.
    static let all = [fashionMNIST, mnist, cifar10, cifar100]

    /// Zalando's articles of clothing, 28 x 28 grey (Xiao, Rasul and Vollgraf 2017).
    static let fashionMNIST = KnownDataset(
        name: "fashion-mnist",
        addresses: [
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ],
        trainFiles: [
            RemoteFile(
                name: "train-images-idx3-ubyte.gz", byteCount: 26_421_880,
                sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            RemoteFile(
                name: "train-labels-idx1-ubyte.gz", byteCount: 29_515,
                sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        ],
        testFiles: [
            RemoteFile(
                name: "t10k-images-idx3-ubyte.gz", byteCount: 4_422_102,
                sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            RemoteFile(
                name: "t10k-labels-idx1-ubyte.gz", byteCount: 5_148,
                sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ],
        classNames: [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
            "Bag", "Ankle boot",
        ],
        systemDirectory: "fashion-mnist")

    /// Handwritten digits, 28 x 28 grey (LeCun, Cortes and Burges 1998).
    static let mnist = KnownDataset(
        name: "mnist",
        addresses: [
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ],
        trainFiles: [
            RemoteFile(
                name: "train-images-idx3-ubyte.gz", byteCount: 9_912_422,
                sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            RemoteFile(
                name: "train-labels-idx1-ubyte.gz", byteCount: 28_881,
                sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        ],
        testFiles: [
            RemoteFile(
                name: "t10k-images-idx3-ubyte.gz", byteCount: 1_648_877,
                sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            RemoteFile(
                name: "t10k-labels-idx1-ubyte.gz", byteCount: 4_542,
                sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ],
        classNames: (0...9).map(String.init))

    /// Ten kinds of small colour photographs, 32 x 32 (Krizhevsky 2009).
    static let cifar10 = archive(
        "cifar10", "cifar-10-binary.tar.gz", byteCount: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")

    /// A hundred kinds of small colour photographs, 32 x 32 (Krizhevsky 2009).
    static let cifar100 = archive(
        "cifar100", "cifar-100-binary.tar.gz", byteCount: 168_513_733,
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")

    private static func archive(
        _ name: String, _ file: String, byteCount: Int, sha256: String
    ) -> KnownDataset {
        let file = RemoteFile(name: file, byteCount: byteCount, sha256: sha256)
        return KnownDataset(
            name: name, addresses: ["https://www.cs.toronto.edu/~kriz/"], trainFiles: [file],
            testFiles: [file], classNames: [])
    }
}
