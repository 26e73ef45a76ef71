// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNZoo

@testable import wrn

/// The line about another precision, with predictions of the tests' own.
@Suite("The line about bfloat16")
struct PrecisionAdviceTests {
    private let graph: Graph

    init() throws {
        graph = try Zoo.network(named: "wrn-10-1", classes: 3, inputChannels: 1)
            .graph(height: 8, width: 8)
    }

    private func line(
        _ prediction: Result<PrecisionPrediction, PlanError>,
        of work: PrecisionAdvice.Work = .train,
        isOpen: Bool = true, writesJSON: Bool = false, images: Int = 1 << 20
    ) -> String? {
        let advice = PrecisionAdvice(
            work: work, isOpen: isOpen, writesJSON: writesJSON,
            predict: { (_, _, _, _) throws(PlanError) in try prediction.get() })
        return advice.line(for: graph, batch: 4, images: images, ExecutionOptions(threads: 1))
    }

    private func prediction(_ speedup: Double) -> Result<PrecisionPrediction, PlanError> {
        .success(PrecisionPrediction(float32Seconds: speedup / 4, bfloat16Seconds: 0.25))
    }

    @Test("names the option and the factor, rounded down, from 1.5 on")
    func threshold() {
        #expect(
            line(prediction(2.375))
                == "wrn: with --precision bf16 this processor is predicted to train 2.3 times as fast "
                + "as in float32, the default")
        #expect(line(prediction(1.5), of: .evaluate)?.contains("to evaluate 1.5 times") == true)
        #expect(line(prediction(16), of: .classify)?.contains("to classify 16.0 times") == true)
        for speedup in [1.4999, 1, 0.5, 0, .infinity, .nan] {
            #expect(line(prediction(speedup)) == nil, "\(speedup)")
        }
    }

    @Test("is written where ten seconds are saved, and not for less")
    func savedTime() {
        // A batch of 4 images takes 0.5 s or 0.25 s.
        #expect(line(prediction(2), images: 160) != nil)
        #expect(line(prediction(2), images: 159) == nil)
        #expect(line(prediction(2), images: 0) == nil)
    }

    @Test("is not written where the precision was chosen, beside JSON, or without a prediction")
    func silence() {
        #expect(line(prediction(4), isOpen: false) == nil)
        #expect(line(prediction(4), writesJSON: true) == nil)
        #expect(line(.failure(.unavailable("no such processor"))) == nil)
    }

    @Test("takes the prediction for the work, the batch and the threads that are used")
    func request() {
        for (work, mode) in [
            (PrecisionAdvice.Work.train, PlanMode.training), (.evaluate, .inference),
            (.classify, .inference),
        ] {
            let advice = PrecisionAdvice(
                work: work, isOpen: true, writesJSON: false,
                predict: { (graph, batch, found, options) throws(PlanError) in
                    let isRight = graph.inputShape.height == 8 && found == mode
                    return PrecisionPrediction(
                        float32Seconds: isRight ? Double(batch * options.threads) : 0,
                        bfloat16Seconds: 1)
                })
            let line = advice.line(
                for: graph, batch: 3, images: 300, ExecutionOptions(threads: 2))
            #expect(line?.contains("predicted to \(work.rawValue) 6.0 times") == true)
        }
    }

    @Test("follows from the plans in both precisions, whatever the precision of the options")
    func plans() throws {
        let options = ExecutionOptions(threads: 2, precision: .bfloat16)
        let prediction = try PrecisionPrediction(
            graph: graph, batch: 4, mode: .inference, options: options)
        for (precision, seconds) in [
            (Precision.float32, prediction.float32Seconds),
            (.bfloat16, prediction.bfloat16Seconds),
        ] {
            let plan = try PlanDescription(
                graph: graph, batch: 4, mode: .inference,
                options: ExecutionOptions(threads: 2, precision: precision))
            #expect(plan.predictedSeconds == seconds)
        }
        #expect(
            prediction.speedup == prediction.float32Seconds / prediction.bfloat16Seconds)
    }
}
