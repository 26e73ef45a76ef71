// SPDX-License-Identifier: Apache-2.0

import Dispatch
import WRNThreads

/// The counters and histograms of a server, in the text format of Prometheus.
package final class ServerMetrics: Sendable {
    /// A part of the work for a request.
    package enum Stage: String, CaseIterable, Sendable {
        /// The arrival of the body.
        case reading
        /// One image: decoding, resizing, normalising.
        case decoding
        /// One batch in the network.
        case computing
        /// The class activation maps of one image.
        case mapping
        /// The whole request.
        case total
    }

    private struct Histogram {
        let bounds: [Double]
        var counts: [Int]
        var sum = 0.0

        init(_ bounds: [Double]) {
            self.bounds = bounds
            counts = [Int](repeating: 0, count: bounds.count + 1)
        }

        mutating func record(_ value: Double) {
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }

        func lines(_ name: String, _ label: String) -> String {
            var (text, total) = ("", 0)
            for (index, count) in counts.enumerated() {
                total += count
                let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
                text += "\(name)_bucket{\(label),le=\"\(bound)\"} \(total)\n"
            }
            return text + "\(name)_sum{\(label)} \(sum)\n\(name)_count{\(label)} \(total)\n"
        }
    }

    private struct State {
        var requests: [String: Int] = [:]
        var errors: [String: Int] = [:]
        var stages: [Stage: Histogram] = [:]
        var batches: [String: Histogram] = [:]
        var reloads = 0
        var failedReloads = 0
    }

    private static let seconds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    private static let sizes: [Double] = [1, 2, 4, 8, 16, 32, 64, 128]
    private let state = Locked(State())

    /// Creates metrics that are all 0.
    package init() {}

    /// Counts a request by its route, and a refusal by its kind.
    package func recordRequest(route: String, status: Int, errorKind: String?, seconds: Double) {
        state.withLock { state in
            state.requests["route=\"\(route)\",status=\"\(status)\"", default: 0] += 1
            if let errorKind { state.errors[errorKind, default: 0] += 1 }
            state.stages[.total, default: Histogram(Self.seconds)].record(seconds)
        }
    }

    /// Records a stage's time.
    package func record(_ stage: Stage, seconds: Double) {
        state.withLock {
            $0.stages[stage, default: Histogram(Self.seconds)].record(seconds)
        }
    }

    /// Records a batch.
    package func recordBatch(of count: Int, model: String, seconds: Double) {
        state.withLock { state in
            state.batches[Self.label("model", model), default: Histogram(Self.sizes)]
                .record(Double(count))
            state.stages[.computing, default: Histogram(Self.seconds)].record(seconds)
        }
    }

    /// Counts a reload.
    package func recordReload(succeeded: Bool) {
        state.withLock { state in
            if succeeded { state.reloads += 1 } else { state.failedReloads += 1 }
        }
    }

    /// Runs `body` and records its time, also where it fails.
    package func timing<Result>(_ stage: Stage, _ body: () throws -> Result) rethrows -> Result {
        let start = Self.now
        defer { record(stage, seconds: Self.now - start) }
        return try body()
    }

    /// The seconds of a clock that never goes back.
    package static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// All metrics as text.
    ///
    /// - Parameters:
    ///   - pending: The images that each model has accepted and not answered.
    ///   - heldByteCount: The bytes of bodies in memory.
    package func text(pending: [(model: String, count: Int)], heldByteCount: Int) -> String {
        let state = state.withLock { $0 }
        var text = Self.head("wrn_requests_total", "counter", "Requests by route and status.")
        for (labels, count) in state.requests.sorted(by: { $0.key < $1.key }) {
            text += "wrn_requests_total{\(labels)} \(count)\n"
        }
        text += Self.head("wrn_errors_total", "counter", "Refused requests by kind.")
        for (kind, count) in state.errors.sorted(by: { $0.key < $1.key }) {
            text += "wrn_errors_total{kind=\"\(kind)\"} \(count)\n"
        }
        text += Self.head("wrn_pending_images", "gauge", "Images accepted and not answered.")
        for (model, count) in pending {
            text += "wrn_pending_images{\(Self.label("model", model))} \(count)\n"
        }
        text += Self.head("wrn_body_bytes", "gauge", "Bytes of request bodies in memory.")
        text += "wrn_body_bytes \(heldByteCount)\n"
        text += Self.head("wrn_batch_images", "histogram", "Images of a batch.")
        for (labels, histogram) in state.batches.sorted(by: { $0.key < $1.key }) {
            text += histogram.lines("wrn_batch_images", labels)
        }
        text += Self.head("wrn_stage_seconds", "histogram", "Seconds by stage of the work.")
        for stage in Stage.allCases {
            guard let histogram = state.stages[stage] else { continue }
            text += histogram.lines("wrn_stage_seconds", "stage=\"\(stage.rawValue)\"")
        }
        text += Self.head("wrn_reloads_total", "counter", "Reloads of the models by result.")
        text += "wrn_reloads_total{result=\"done\"} \(state.reloads)\n"
        text += "wrn_reloads_total{result=\"failed\"} \(state.failedReloads)\n"
        return text
    }

    /// A label, in whose value the format escapes three characters.
    private static func label(_ name: String, _ value: String) -> String {
        let escaped = value.reduce(into: "") { text, character in
            switch character {
            case "\\", "\"": text += "\\\(character)"
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return "\(name)=\"\(escaped)\""
    }

    private static func head(_ name: String, _ type: String, _ help: String) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }
}
