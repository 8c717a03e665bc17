// The truth as text: see the contract in streamstats/simulate/simulate.hpp.
#pragma once

#include <iosfwd>
#include <vector>

#include "streamstats/base/minute_row.hpp"

namespace streamstats::simulate {

void write_rows(std::ostream& to, const std::vector<minute_row>& rows);

}  // namespace streamstats::simulate
