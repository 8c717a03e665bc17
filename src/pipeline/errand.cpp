#include "pipeline/errand.hpp"

namespace streamstats::pipeline {

void run_errand(intake& way, const std::function<bool()>& piece, const std::function<void(bool)>& end) {
    const bool asked = way.ask([&way, piece, end] {
        if (!piece()) return end(true);
        run_errand(way, piece, end);
    });
    if (!asked) end(false);
}

}  // namespace streamstats::pipeline
