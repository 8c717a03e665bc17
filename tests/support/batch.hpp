// Events as the decoder hands them on. Apart from what else is here, as not every test has a decoder.
#pragma once

#include <memory>
#include <vector>

#include "streamstats/wire/decode.hpp"
#include "support/reference.hpp"

namespace streamstats::testing {

// A batch that owns the texts of its events.
inline std::shared_ptr<const wire::batch> batch_of(const std::vector<sent_event>& events) {
    auto batch = std::make_shared<wire::batch>();
    for (const sent_event& event : events) batch->add(view_of(event));
    batch->received = events.size();
    return batch;
}

}  // namespace streamstats::testing
