#include "streamstats/pipeline/clock_source.hpp"

namespace streamstats::pipeline {
namespace {

class machine_clock_source final : public clock_source {
public:
    [[nodiscard]] instant system_now() const override {
        return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    }
    [[nodiscard]] steady_point steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

const clock_source& machine_clock() {
    static const machine_clock_source clock;
    return clock;
}

}  // namespace streamstats::pipeline
