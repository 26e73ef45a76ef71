// SPDX-License-Identifier: Apache-2.0

import WRNArchive

@testable import WRNData

// The room's own types: without these, the generic ones that they stand for would be meant as well.

typealias NamedBytes = WRNArchive.NamedBytes<DataError>
typealias ByteCursor = WRNArchive.ByteCursor<DataError>
typealias OpenFile = WRNArchive.OpenFile<DataError>
typealias Inflater = WRNArchive.Inflater<DataError>
typealias ZipArchive = WRNArchive.ZipArchive<DataError>
typealias ZipDirectory = WRNArchive.ZipDirectory<DataError>
typealias ZipEntry = WRNArchive.ZipEntry<DataError>
typealias PickleReader = WRNArchive.PickleReader<NumpyVocabulary>
typealias PickleDocument = WRNArchive.PickleDocument<NumpyVocabulary>
