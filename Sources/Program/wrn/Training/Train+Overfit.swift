// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNEngine
import WRNFetch
import WRNPlan
import WRNRuns
import WRNText
import WRNTraining

extension Train {
    /// `--overfit N`: whether the network can learn a few images by heart.
    func rehearse(_ count: Int, _ reporter: TrainingReporter) throws {
        let wanted = try newRun()
        let (images, _) = try images(of: wanted, reporter)
        let train = images.train
        // A recipe's epochs are those of a run, which a check does not need.
        let check = OverfitCheck(
            images: count, epochs: try new.recipes(epochs: epochs).given.epochs ?? 200)
        Interruption.listen()
        let result = try BrokenFileError.advising(
            "leave such files out with --skip-broken", unless: new.skipBroken
        ) {
            try check.run(
                on: train, device: .cpu(threads: control.threads),
                configuration: { few in
                    try new.configuration(
                        network: wanted.network, source: wanted.data, epochs: epochs,
                        train: few, validation: images.validation)
                },
                progress: { epoch, loss, accuracy in
                    reporter.status.show(
                        "epoch \(epoch)  loss \(Numbers.fixed(loss, decimals: 4))  "
                            + "accuracy \(Numbers.percent(accuracy))")
                },
                isCancelled: { Interruption.isRequested })
        }
        reporter.status.clear()
        reporter.tell(TrainingLine.Overfit(result: result))
        let figures =
            "\(Numbers.counted(result.images, "image")) after "
            + "\(Numbers.counted(result.epochs, "epoch")): loss "
            + "\(Numbers.fixed(result.loss, decimals: 4)), accuracy "
            + "\(Numbers.percent(result.accuracy))"
        guard result.hasPassed else {
            reporter.say("Not learnt by heart: \(figures).")
            StandardError.write(
                "wrn: error: \(wanted.network) cannot learn \(figures); expected a loss below "
                    + "\(OverfitCheck.targetLoss) and every image right: look at the labels ('wrn "
                    + "data inspect'), try another --lr, or more --epochs\n")
            throw ExitCode(ExitReport.Code.failure)
        }
        reporter.say("Learnt by heart: \(figures).")
    }
}
