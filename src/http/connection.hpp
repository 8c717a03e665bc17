// One connection, from its first byte to its close. Everything in it happens on the thread of its worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/answer.hpp"
#include "http/asio.hpp"
#include "http/bell.hpp"
#include "http/budget.hpp"
#include "http/exchange.hpp"
#include "http/request_head.hpp"
#include "http/routes.hpp"
#include "http/target.hpp"
#include "http/turnstile.hpp"

namespace streamstats::http {

class worker;

class connection final : public std::enable_shared_from_this<connection>, private body_holder {
public:
    connection(worker& home, tcp_socket peer, door entered);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // Serves `self` until it is closed. Throws nothing.
    static task<void> run(std::shared_ptr<connection> self);

    // Called by the worker every now and then: acts if the deadline of what is going on has passed.
    void check_deadline(steady_time now);
    // Closes the connection if it is between two requests, and ends an answer that goes on; otherwise the answer under
    // way is its last.
    void drain();

private:
    enum class phase : std::uint8_t { idle, reading_head, reading_body, handling, writing, lingering };
    // Of the next request.
    enum class arrival : std::uint8_t { something, nothing_yet, nothing_more };
    // How an answer is to be framed.
    struct framing {
        bool http_1_1 = true;
        bool without_body = false;  // to HEAD
        bool keep_alive = false;
    };

    task<void> serve();
    arrival look_for_request();
    arrival look_after_answer();
    task<bool> handle_request();

    // The steps of a request. Nearly always there is nothing to wait for, and a coroutine would cost more than what it
    // does: each step is tried by a function first, and what that leaves is for the coroutine. False: it goes no
    // further, and reply_ says why.
    void begin_request();
    bool head_came_along();
    task<bool> read_head();
    bool take_head(std::size_t bytes);
    bool find_route();
    bool admit();
    bool check_framing();
    bool check_inside();
    bool turn_came();
    task<bool> wait_for_turn();
    bool body_came_along();
    task<bool> read_body();
    bool admit_body();
    exchange make_exchange();
    bool refuse(const refusal& why);
    bool deny(denial why);
    void let_go();

    // Bodies: connection_body.cpp.
    bool refuse_for_room();
    void take_plain_body();
    void drop_body() override;
    task<bool> read_plain_body();
    task<bool> read_chunked_body();
    [[nodiscard]] std::size_t bytes_here() const;
    bool read_now(std::size_t wanted);
    task<bool> fill(std::size_t wanted);
    task<bool> fill_in_turn(std::size_t wanted);
    [[nodiscard]] bool is_to_be_skipped() const;
    task<bool> skip_body();
    task<void> send_continue();

    // Answers.
    [[nodiscard]] framing framing_of_answer() const;
    bool answered_at_once();
    task<bool> conclude();
    task<void> send(answer reply, framing how);
    task<void> send_head(answer reply, framing how);
    task<void> linger();

    // Answers that go on: connection_stream.cpp. A watch is kept meanwhile for what ends them early.
    struct watch {
        explicit watch(const executor& where) : pause{where} {}
        void end() {
            ended = true;
            pause.cancel();
        }
        steady_timer pause;  // until the next piece is due
        bool ended = false;
    };
    task<void> send_stream(answer reply, framing how);
    void expect_acknowledgements();
    task<void> write(std::string_view bytes, milliseconds time);
    static task<void> notice_end(std::shared_ptr<connection> self, std::shared_ptr<watch> watched);
    void end_stream();

    void note_timeout();
    [[nodiscard]] std::string peer_text() const;
    void enter(phase next, milliseconds time, std::size_t bytes = 0);
    void wait_for_inside();
    [[nodiscard]] std::string_view arrived() const;

    worker& home_;
    site& place_;
    tcp_socket socket_;
    door entered_;
    bell bell_;
    beast::flat_buffer buffer_;  // what has arrived and was not consumed; without memory while idle

    // The request under way. Here and not in coroutines, whose frames are made anew for each request: large ones are
    // dear.
    std::shared_ptr<const access_policy> policy_;
    request_head head_;
    target asked_;
    const route* route_ = nullptr;
    access_decision entry_;
    byte_claim claim_;
    turnstile::seat seat_;
    std::string chunks_;         // a chunked body, put together
    std::string_view body_;      // in buffer_ or chunks_
    std::size_t body_here_ = 0;  // bytes of it in buffer_
    bool body_unread_ = false;
    unsigned reads_in_a_row_ = 0;     // of bodies, without waiting
    unsigned requests_in_a_row_ = 0;  // likewise
    answer reply_;
    std::string unsent_;      // of an answer that was begun
    steady_time again_at_{};  // when a batch may come again after one that was refused

    phase phase_ = phase::idle;
    steady_time deadline_ = steady_time::max();
    bool late_ = false;             // the deadline passed while reading
    std::shared_ptr<watch> watch_;  // while an answer goes on
};

}  // namespace streamstats::http
