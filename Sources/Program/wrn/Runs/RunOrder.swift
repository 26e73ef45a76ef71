// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNRuns

/// In which order runs are listed; those without a value come last, equal ones by their names.
enum RunOrder: String, ExpressibleByArgument, CaseIterable {
    case name
    case epochs
    case best
    case last
    case time

    func sorted(_ rows: [RunRow]) -> [RunRow] {
        rows.sorted { first, second in
            switch (value(first), value(second)) {
            case (nil, nil): first.path < second.path
            case (nil, _): false
            case (_, nil): true
            case (let one?, let other?): one == other ? first.path < second.path : one < other
            }
        }
    }

    /// What a row is sorted by, from the lowest.
    private func value(_ row: RunRow) -> Double? {
        switch self {
        case .name: 0
        case .epochs: (row.run?.records.count).map(Double.init)
        case .best: row.run?.best.map { -$0.validationAccuracy }
        case .last: row.run?.last.map { -$0.validationAccuracy }
        case .time: row.run?.seconds
        }
    }
}
