// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFetch
import WRNFiles

// The readers of untrusted bytes with this module's error.

typealias NamedBytes = WRNFiles.NamedBytes<DataError>
typealias ByteCursor = WRNFiles.ByteCursor<DataError>
typealias OpenFile = WRNFiles.OpenFile<DataError>
typealias Inflater = WRNArchive.Inflater<DataError>
typealias TarArchive = WRNArchive.TarArchive<DataError>
typealias TarIndex = WRNArchive.TarIndex<DataError>
typealias ZipArchive = WRNArchive.ZipArchive<DataError>
typealias ZipDirectory = WRNArchive.ZipDirectory<DataError>
typealias ZipEntry = WRNArchive.ZipEntry<DataError>
typealias PickleReader = WRNArchive.PickleReader<NumpyVocabulary>
typealias PickleDocument = WRNArchive.PickleDocument<NumpyVocabulary>
