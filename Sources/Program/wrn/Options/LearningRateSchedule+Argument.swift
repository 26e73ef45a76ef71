// SPDX-License-Identifier: Apache-2.0

// A public type's conformance is public.
public import ArgumentParser
public import WRNRuns

extension LearningRateSchedule.Name: ExpressibleByArgument {}
