// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What PyTorch computed; Fixtures/pytorch/README.md says what is in each file.
enum PyTorchFixture {
    static func read<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/pytorch/\(name).json")
        return try JSONDecoder().decode(type, from: Data(contentsOf: file))
    }
}
