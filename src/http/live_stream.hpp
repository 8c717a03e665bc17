// GET /api/v1/live/stream: the live numbers of each second as Server-Sent Events.
#pragma once

#include <memory>
#include <string>

#include "http/live_board.hpp"
#include "http/stream.hpp"

namespace streamstats::http {

// The numbers of this second.
task<live_board::frame> frame_of_now(live_board& board, bell& waiting);

class live_stream : public stream {
public:
    live_stream(std::shared_ptr<live_board> board, live_query asked, live_board::place place)
        : board_{std::move(board)}, asked_{std::move(asked)}, place_{std::move(place)} {}

    task<std::string> next(bell& waiting) override;
    [[nodiscard]] steady_time due() const override { return board_->next_second(); }

private:
    const std::shared_ptr<live_board> board_;
    const live_query asked_;
    const live_board::place place_;
    bool begun_ = false;
};

}  // namespace streamstats::http
