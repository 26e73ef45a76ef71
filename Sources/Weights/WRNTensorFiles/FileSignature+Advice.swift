// SPDX-License-Identifier: Apache-2.0

import WRNFiles

extension FileSignature {
    /// How to get weights that are read here out of a file of another kind.
    var weightsAdvice: String {
        switch self {
        case .safetensors, .numPy: "the file may have been cut off: get it again"
        case .zip: "unpack it, and name the file of weights in it"
        case .tar: "unpack it, and name the file of weights in it"
        case .gzip: "unpack it, for example with gunzip"
        case .bzip2: "unpack it, for example with bunzip2"
        case .xz: "unpack it, for example with unxz"
        case .zstandard: "unpack it, for example with unzstd"
        case .sevenZip, .rar: "unpack it, for example with 7z x"
        case .hdf5:
            "of Keras or h5py: read it in Python, and save the tensors with numpy.savez or "
                + "safetensors.numpy.save_file"
        case .pickle:
            "a pickle runs code when Python loads it: load it there only if you trust it, and save the "
                + "tensors with torch.save or safetensors"
        case .onnx, .tensorFlowLite, .savedModel, .tensorFlowIndex:
            "read it with its own framework in Python, and save the tensors with numpy.savez"
        case .torch7:
            "read it in Python, for example with torchfile, and save the tensors with numpy.savez"
        case .gguf: "weights for language models, which are not read; get the network's safetensors"
        case .html, .xml, .text, .json:
            "it was saved in place of the weights, so get the weights again"
        case .gitLFSPointer: "run 'git lfs pull' in its repository to get the file"
        case .appleDouble: "remove it; the file is the one without '._' before its name"
        case .zeros: "it was never written in whole, so get it again"
        case .jpeg, .png, .webp, .gif, .bmp, .tiff, .avif, .heic, .jpegXL, .jpeg2000, .svg,
            .photoshop, .icon, .pnm, .openEXR, .radiance, .qoi, .directDraw, .fits, .dicom,
            .cameraRaw, .pdf, .postScript, .parquet, .sqlite, .mp4, .quickTime, .avi, .matroska,
            .wave:
            "name a file of weights"
        }
    }
}
