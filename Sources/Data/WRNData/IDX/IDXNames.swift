// SPDX-License-Identifier: Apache-2.0

/// The names under which IDX files are found.
enum IDXNames {
    /// The beginnings of a split's two names.
    static func stems(_ split: Split) -> (images: String, labels: String) {
        let part = split == .train ? "train" : "t10k"
        return ("\(part)-images", "\(part)-labels")
    }

    /// The names of the file with the images, the likeliest first.
    static func images(_ split: Split) -> [String] {
        variants(stems(split).images, "idx3-ubyte")
    }

    /// The names of the file with the labels, the likeliest first.
    static func labels(_ split: Split) -> [String] {
        variants(stems(split).labels, "idx1-ubyte")
    }

    /// The plain form comes first because it needs no unpacking; some unpackers write a dot for the dash.
    private static func variants(_ stem: String, _ suffix: String) -> [String] {
        ["-", "."].flatMap { ["\(stem)\($0)\(suffix)", "\(stem)\($0)\(suffix).gz"] }
    }
}
