// SPDX-License-Identifier: Apache-2.0

/// The operation of a node of the graph on one element of a batch.
package enum LayerOperation: Hashable, Sendable {
    /// The image that goes in.
    case input(FeatureShape)
    /// A two-dimensional convolution.
    case convolution(Convolution)
    /// A batch normalisation over the channels.
    case batchNormalization(BatchNormalization)
    /// A function of each value by itself, such as a ReLU.
    case activation(Activation)
    /// Zeroes values at random while training.
    case dropout(Dropout)
    /// The sum of two feature maps of the same shape: where a residual joins its shortcut.
    case add
    /// Every few pixels as they are, with channels of zeros around: a shortcut without parameters.
    case subsampling(Subsampling)
    /// The largest value of each window.
    case maxPooling(MaxPooling)
    /// The mean over all positions of a channel; the result is C x 1 x 1.
    case globalAveragePooling
    /// A fully connected layer on C x 1 x 1 features.
    case linear(Linear)
}

/// A two-dimensional convolution without bias, square in kernel, stride and padding.
///
///     y[o][i][j] = sum over c, a, b of
///                  w[o][c][a][b] · x[c][i·stride + a - padding][j·stride + b - padding]
///
/// - Shapes: weight `[O, C, k, k]`; output height `(H + padding + endPadding - k) / stride + 1`,
///   rounded down.
package struct Convolution: Hashable, Sendable {
    /// The number of output channels, O.
    package let outputChannels: Int
    /// The kernel's height and width, k.
    package let kernelSize: Int
    /// The step between positions, in pixels of the input.
    package let stride: Int
    /// The number of zero rows above and of zero columns to the left.
    package let padding: Int
    /// The number of zero rows below and of zero columns to the right.
    package let endPadding: Int

    /// Creates a convolution.
    ///
    /// The padding keeps the size at stride 1 for odd kernels unless another is given; that at the
    /// end is the same unless it is given.
    package init(
        outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int? = nil,
        endPadding: Int? = nil
    ) {
        self.outputChannels = outputChannels
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding ?? (kernelSize - 1) / 2
        self.endPadding = endPadding ?? self.padding
    }
}

/// A batch normalisation over the channels.
///
///     y = (x - μ) / sqrt(σ² + ε) · γ + β
///
/// In training μ and σ² are the batch's mean and *biased* variance over images and positions; the
/// running mean and the running *unbiased* variance move towards them by `momentum`. In inference μ
/// and σ² are the running ones. These are PyTorch's conventions.
///
/// - Reference: Ioffe & Szegedy 2015, "Batch Normalization".
package struct BatchNormalization: Hashable, Sendable {
    /// The ε added to the variance.
    package let epsilon: Double
    /// The weight of the new batch in the running statistics, in `0...1`.
    package let momentum: Double

    /// Creates a normalisation with PyTorch's constants unless others are given.
    package init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
        self.epsilon = epsilon
        self.momentum = momentum
    }
}

/// Dropout: while training, each value is zeroed with `probability`, and the kept ones are divided
/// by `1 - probability`.
///
/// - Reference: Srivastava et al. 2014; in residual blocks, Zagoruyko & Komodakis 2016, section
///   2.4.
package struct Dropout: Hashable, Sendable {
    /// The chance of a value to be zeroed, in `0 ..< 1`.
    package let probability: Double

    /// Creates a dropout.
    package init(probability: Double) {
        self.probability = probability
    }
}

/// The largest value of each window of a channel, square in kernel, stride and padding.
///
///     y[c][i][j] = max over a, b of  x[c][i·stride + a - padding][j·stride + b - padding]
///
/// Values outside the image count as -∞. The gradient of a window goes to its first largest value,
/// row by row.
///
/// - Shapes: output height `(H + 2·padding - k) / stride + 1`, rounded down.
package struct MaxPooling: Hashable, Sendable {
    /// The window's height and width, k.
    package let kernelSize: Int
    /// The step between windows, in pixels of the input.
    package let stride: Int
    /// The number of rows and columns outside of the image on each side, at most half a window.
    package let padding: Int

    /// Creates a pooling; the stride is the window's size and there is no padding unless others are
    /// given.
    package init(kernelSize: Int, stride: Int? = nil, padding: Int = 0) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
    }
}

/// A shortcut without parameters: the identity on every `stride`-th pixel, and zeros for the
/// channels that it lacks.
///
///     y[c + d][i][j] = x[c][i·stride][j·stride]  for c < C,  0 for the other channels
///
/// - Shapes: output height `(H - 1) / stride + 1`, rounded down.
/// - Reference: He et al. 2015, "Deep Residual Learning", section 3.3, option A. The new channels
///   come last in Torch's code (d = 0); widespread PyTorch code has half of them before the others.
package struct Subsampling: Hashable, Sendable {
    /// The step between pixels that are kept.
    package let stride: Int
    /// The number of output channels, at least that of the input.
    package let outputChannels: Int
    /// The channels of zeros before those of the input, d.
    package let channelOffset: Int

    /// Creates a shortcut to `outputChannels` channels, of which the input's are the first unless
    /// an offset is given.
    package init(stride: Int, outputChannels: Int, channelOffset: Int = 0) {
        self.stride = stride
        self.outputChannels = outputChannels
        self.channelOffset = channelOffset
    }
}

/// A fully connected layer with bias: `y[o] = sum over c of w[o][c] · x[c] + b[o]`.
///
/// - Shapes: weight `[O, C]`, bias `[O]`.
package struct Linear: Hashable, Sendable {
    /// The number of outputs, O.
    package let outputs: Int

    /// Creates a layer with `outputs` outputs.
    package init(outputs: Int) {
        self.outputs = outputs
    }
}
