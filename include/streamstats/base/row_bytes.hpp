// Minute rows as bytes and back: part of what the journal and the checkpoint keep. Pure; any thread.
#pragma once

#include "streamstats/base/bytes.hpp"
#include "streamstats/base/minute_row.hpp"

namespace streamstats {

void write_row(byte_writer& to, const minute_row& row);
// Of bytes that write_row did not make, something; then `from` has failed.
minute_row read_row(byte_reader& from);

}  // namespace streamstats
