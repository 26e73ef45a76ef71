// SPDX-License-Identifier: Apache-2.0

import WRNPlan
import WRNRuns

/// The numbers of a new run where the command line gives none.
struct RunDefaults {
    var epochs = 200
    var batch = 128
    var optimizer = SGD()
    var schedule = LearningRateSchedule.Name.steps

    /// The paper's, for a network that begins from random weights.
    static let training = RunDefaults()

    /// Few and short steps, for weights that are good already.
    static let fineTuning = RunDefaults(
        epochs: 10, batch: 32, optimizer: SGD(learningRate: 0.03, weightDecay: 1e-4),
        schedule: .cosine)
}
