// SPDX-License-Identifier: Apache-2.0

import WRNRuns

/// A run as `wrn runs` lists it, or why it cannot be listed.
struct RunRow {
    /// The run's directory.
    let path: String
    let result: Result<RunRecord, any Error>

    /// Reads the run in a directory.
    init(_ path: String) {
        self.path = path
        result = Result { try RunRecord(readingFrom: path) }
    }

    init(_ run: RunRecord) {
        path = run.path
        result = .success(run)
    }

    /// The run; nil when it is damaged.
    var run: RunRecord? { try? result.get() }

    /// What is wrong with it; nil when nothing is.
    var damage: String? {
        if case .failure(let error) = result { "\(error)" } else { nil }
    }
}

extension RunRow: Encodable {
    private enum Key: String, CodingKey {
        case path, network, data, evaluatedSplit, seed, epochs, epochsDone, bestAccuracy, bestEpoch,
            lastAccuracy
        case seconds, state, damage
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(path, forKey: .path)
        guard let run else {
            try container.encode("damaged", forKey: .state)
            try container.encode(damage, forKey: .damage)
            return
        }
        try container.encode(run.network, forKey: .network)
        try container.encode(run.source, forKey: .data)
        try container.encode(run.evaluatedSplit, forKey: .evaluatedSplit)
        try container.encode(UInt64(run.seed), forKey: .seed)
        try container.encode(run.epochs, forKey: .epochs)
        try container.encode(run.records.count, forKey: .epochsDone)
        try container.encode(run.best?.validationAccuracy, forKey: .bestAccuracy)
        try container.encode(run.best?.epoch, forKey: .bestEpoch)
        try container.encode(run.last?.validationAccuracy, forKey: .lastAccuracy)
        try container.encode(run.seconds, forKey: .seconds)
        try container.encode(run.state, forKey: .state)
    }
}
