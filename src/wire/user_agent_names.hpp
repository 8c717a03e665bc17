// The long lists of names that the rules of user_agent_rules.cpp ask for; how words are spelled says
// user_agent_words.hpp. Add a name to the list of its kind. Short or common words want the marks < and >, or they will
// be found inside others.
#pragma once

#include "wire/user_agent_words.hpp"

namespace streamstats::wire::names {

// Machines that pull, relay or record with nobody in front of them.
inline constexpr word_list streaming_servers =
    "^lavf | lavf/ | libavformat | ffmpeg | ^gstreamer/ | souphttpsrc | icecast | shoutcast/ | shoutcast dnas"
    "| liquidsoap | azuracast | libshout | ^butt/ | ^butt | <butt/ | darkice | ezstream | ^ices/ | centova"
    "| rocket streaming | rsas/ | steamcast | flussonic | erlyvideo | wowza | nimble/ | nimble streamer"
    "| softvelum | <srs/ | <srs> | mistserver | ovenmediaengine | mediamtx | rtsp-simple-server | gortsplib"
    "| tvheadend | <tvh/ | cesbo | <astra/ | ^astra | nginx-rtmp | ^nginx | <red5 | ant media server | antmedia"
    "| evostream | unreal media | unrealstreaming | adobe media server | flash media server | helix server"
    "| darwin streaming | monaserver | node-media-server | livekit | janus-gateway | zlmediakit"
    "| simple realtime server | restreamer | datarhei | go2rtc | kerberos.io | frigate | zoneminder | shinobi"
    "| <xui> | xtream-codes | xtream codes | xtreamcodes | xc_vm | iptv panel | ministra | m3u-proxy | m3u-editor"
    "| m3u proxy | iptv-proxy | iptv proxy | hls-proxy | hlsproxy | hls proxy | streamproxy | xteve | threadfin"
    "| dispatcharr | ^telly | udpxy | msd_lite | minisatip | <oscam | satip-axe | eplustv | pseudotv | ersatztv"
    "| tunarr | emby server | ^emby/ | embyserver | jellyfin-server | jellyfin server | ^jellyfin/"
    "| plexmediaserver | plex media server | plex-media-server | serviio | universal media server | minidlna"
    "| gerbera | mediatomb | twonky | navidrome | airsonic | subsonic | <owncast | peertube | channels dvr"
    "| nextpvr | mythbackend | streamripper | streamwriter | streamlink | youtube-dl | yt-dlp | n_m3u8dl | hlsdl"
    "| rtmpdump | livestreamer | radiorec | elemental live | mediaconvert | mediapackage | medialive | zixi"
    "| haivision | unified-streaming | unified streaming | wirecast | ^vmix | obs-studio | libobs | obs-output"
    "| ^obs/ | edgesrv | vlc relay | relayserver | restream | radioboss | playout | mairlist | airtime"
    "| libretime | ^audials";

// Robots that name themselves, also where the rest of the string imitates a browser.
inline constexpr word_list robots =
    "bot/ | bot; | bot) | bots/ | bot@ | bot- | robot | crawl | spider | slurp> | scraper | archiver | indexer"
    "| heritrix | nutch | +http:// | +https:// | +www. | (https:// | +(http | screenshot | thumbnail | fetcher"
    "| harvest | checker> | validator> | monitor> | monitoring> | monitor/ | analyzer | analyser | scanner>"
    "| scan/ | inspection | auditor | site audit | siteaudit | .36 (compatible | .36; compatible | .1 (compatible"
    "| .3 (compatible | .4 (compatible | .13 (compatible | .15 (compatible | .18 (compatible | .40 (compatible"
    "| gecko); compatible | uptime | pingdom | statuscake | site24x7 | dejaclick | gomezagent | dynatrace synth"
    "| ruxit | datadog | newrelic | new relic | catchpoint | keynote | ptst/ | gtmetrix | speedcurve | pagespeed"
    "| page speed | lighthouse | headless | phantomjs | slimerjs | selenium | puppeteer | playwright | webdriver"
    "| cypress | wkhtmlto | prerender | splash/ | appengine-google | google web preview | google-ads"
    "| google-adwords | google-read-aloud | google-shopping | google-safety | google-site | google-structured"
    "| google wireless transcoder | google_partner | google favicon | googleother | googleimageproxy"
    "| mediapartners | feedfetcher | apis-google | duplexweb | bingpreview | binglocalsearch | yahoocache"
    "| yahooseeker | yahoo pipes | yahoo link | yahoomailproxy | facebookexternalhit | facebookcatalog"
    "| facebookplatform | meta-external | flipboardproxy | embedly | quora link | outbrain | skypeuri | vkshare"
    "| w3c- | w3c_ | iframely | stumbleupon | adbeat | criteo | proximic | grapeshot | admantx | ias crawl"
    "| comscore | moatbot | ia_archiver | wayback | archive.org | archivebox | httrack | webcopier | teleport pro"
    "| offline explorer | sitesucker | webzip | webstripper | netcraft | censys | shodan | zgrab | masscan | nmap"
    "| nikto | sqlmap | nessus | openvas | qualys | acunetix | netsparker | detectify | assetnote | wpscan"
    "| dirbuster | gobuster | nuclei | whatweb | builtwith | wappalyzer | ahrefs | semrush | majestic | sistrix"
    "| seokicks | seosite | seobility | screaming frog | sitebulb | deepcrawl | siteimprove | monsido"
    "| dataprovider | domaintools | chatgpt-user | gptbot | oai-search | claude-web | claude-user | anthropic"
    "| perplexity | cohere-ai | mistralai | duckassist | youbot | bytespider | coccoc | sogou web | sogou pic"
    "| yisou | 360jk | baidu-yunguance | daumoa | yeti/ | naverbot | seznam | linkcheck | link check | linktiger"
    "| link valid | deadlink | feedburner | feedbin | netvibes | inoreader | bazqux | superfeedr | simplepie"
    "| magpierss | universalfeedparser | feedparser | friendica | pleroma | misskey | hatena | mixi-check"
    "| cookiehub | cookiebot | onetrust | tag inspector | taginspector | zoterotranslation | convertify"
    "| google-translate | scrapy | simplecrawler | brandverity | nagios | check_http | zabbix | blackbox exporter"
    "| icinga | haproxy | elb-health | googlehc | kube-probe | site-shot | browsershots | browserstack"
    "| saucelabs | webpagetest | rigor | sitespeed | sentry/ | percy | applitools | dareboost | yellowlab"
    "| pagepeeker | snapshot | shrinktheweb | websnapr | url2png | urlbox | apercite | miniature | collector>"
    "| surveyor | research> | searchbot | search engine | sitemap | adsense | adreview | virustotal | phishtank"
    "| safebrowsing | websense | forcepoint | zscaler | bluecoat | trendmicro | kaspersky lab | barracuda"
    "| symantec web | mcafee web | mastodon/ | newsblur feed | newsblur page | inspector/ | ghost inspector"
    "| cloudflare | webpreview | web preview | preview/ | preview> | previewer | thousandeyes | appinsights"
    "| httpagent | webhook | pingability | healthcheck | health check | synthetic | observatory";

// Programs for people that look like robots: by an address in their string, or by the letters of their name.
inline constexpr word_list not_robots =
    "cfnetwork | gpodder | juicereceiver | netnewswire | xbmc | getmiro | evergreen | vienna | feeddemon"
    "| rss bandit | sharpreader | newsfire | omniweb | bsalsa | embeddedwb | cubot | liferea | banshee"
    "| rhythmbox | amarok | clementine | songbird | developerpreview | thunderbird";

// HTTP libraries and scripts. okhttp is Android's, and Apple's is told by other words.
inline constexpr word_list libraries =
    "^curl | <wget | python | urllib | aiohttp | <httpx | go-http-client | <java/ | ^java | apache-httpclient"
    "| commons-httpclient | jakarta | libwww-perl | lwp:: | lwp-trivial | perl/ | ^ruby | rubygems | faraday"
    "| typhoeus | mechanize | rest-client | <php/ | guzzle | http_request | http-client | httpclient | node-fetch"
    "| node.js | nodejs | axios | undici | superagent | <got/ | <deno/ | <bun/ | fasthttp | reqwest | hyper/"
    "| isahc | restsharp | winhttp | httpie | postman | insomnia | libsoup | <neon/ | <serf/ | indy library"
    "| synapse | cpprest | <poco | ktor | vert.x | jersey/ | reactornetty | netty | resty | powershell | aria2"
    "| <axel | snoopy | awselb | git/ | svn/ | apt-http | hackney | conda/ | pip/";

// Systems of phones and watches that are no more or never were smart: also where they claim to be Android or an iPhone.
inline constexpr word_list small_phones =
    "windows phone | windowsphone | iemobile | windows ce | windows mobile | windowsce | <wds # | xblwp | zunewp"
    "| symbian | symbos | series60 | series 60 | series40 | series 40 | series30 | s40ovi | maemo | meego"
    "| sailfish | ubuntu; mobile | ubuntu; tablet | ubuntu touch | ubuntu phone | harmattan | (bb10 | blackberry;"
    "| ^blackberry | playbook | bada/ | webos/1 | webos/2 | hpwos | palmos | palm os | palmsource | kaios"
    "| (mobile; | (tablet; | b2g/ | (phone; openharmony | docomo/ | j-phone | softbank/ | kddi- | jig browser"
    "| osmeta like | nintendo 3ds | nintendo dsi | nitro) | playstation vita | playstation portable | (psp | psp2"
    "| watchos | watch os | apple watch | applewatch | <watch# | homepod | audioos | audioaccessory | wpdesktop";

// Loudspeakers and receivers for the ears alone.
inline constexpr word_list speakers =
    "sonos | bluesound | ^bose | bangandolufsen | bang_ | bowers_ | <naim | musiccast | squeezebox | slimdevices"
    "| denon | marantz | ^heos | ^yamaha | ^onkyo | ^pioneer; | ^integra; | <kef> | ^harman | ^jbl | ^libratone"
    "| ^nad; | ^lyngdorf | cambridge audio | sangean | ^roberts | ^pure; | ^polk | ^klipsch | ^google;home"
    "| ^control4 | ^russound | ^linn | ^devialet | tivoli audio | reciva | frontier silicon | ^wiim | ^linkplay"
    "| <moode | volumio | samsung;hw | amazon;echo | echo_dot | echo dot | google home;";

// Cars, readers and the like. With Android inside they are Android.
inline constexpr word_list small_devices =
    "kindle/ | kobo | nook browser | nokiabrowser | pocketbook/ | tolino | <ebrd | prs-t# | zaurus | qtopia"
    "| qt embedded | psion | hp-tablet | leos# | lepad | wetab | qtcarbrowser | tesla/ | rivian | (mfp;"
    "| laserjet | xerox | lexmark | <nuvi | garmin | tomtom | oculusbrowser | opera mobi | opera mini | midp"
    "| <qnx | up.browser | mbux | porsche | mib3 | uconnect | newtonos | newton/";

// Receivers and the makers of receivers, by names that stand for nothing else.
inline constexpr word_list receivers =
    "<stb> | <stb_ | _stb | <stb# | stb/ | iptvstb | set-top | settop | set top box | stbapp | infomir | <mag2#"
    "| <mag3# | <mag4# | <mag5# | <aurahd | <aura hd | enigma2 | enigma 2 | dreambox | dream property | dreamos"
    "| openpli | openatv | openvix | openbh | openvision; | vuplus | <vu+ | vu solo | vu duo | vu ultimo"
    "| gigablue | zgemma | xtrend | edision | octagon sf | octagon sx | mutant hd | qviart | dinobot | formuler"
    "| buzztv | buzz tv | avov | tvip | dreamlink | dune hd | dunehd | <dune/ | eltex | kartina | comigo | aminet"
    "| amigo7 | amino a | aminocom | arris | kreatv | commscope | humax | <icord | <hgs1000 | <hms1000 | sagemcom"
    "| sagem stb | technicolor | thomson stb | technisat | digicorder | digipal | digit isio | technibox"
    "| techniplus | technistar | tivo, | tivo- | tivo/ | <tcd# | tivo_tcd | kathrein | volksbox | inverto"
    "| selevision | hyperpanel | vantage full | vantage hd | topfield | opticum | xoro hr | megasat | ferguson"
    "| ariva | golden media | goldmaster | amiko | openbox | icecrypt | echolite | manhattan t | (rdk | <rdk/"
    "| echostar | webtv/ | mediaroom | netgem | pace plc | <pace; | kaonmedia | jiuzhou | coship | imaqliq"
    "| <vermax | smartlabs | <sml-# | evolution digital | estream4k | dreamstar | nextstar | ^next # | ^next ye"
    "| strong srt | metronic | cahors | neotion | clarke-tech | comag | skymaster | starsat | geant gn | <icone>"
    "| <tiger t | mediastar | echolink | neosat | azamerica | duosat | tocomsat | cinebox | azbox | uclan | ustym"
    "| xcruiser | gi uni | gi fly | gi lunn | <arcadyan | <askey | vantiva | sercomm | zinwell | unionman | yinhe"
    "| skyworth stb | intek digital | gospell | cryptobox | medialink | atemio | axas | spycat | protek | tiviar"
    "| anadol | wetek play | technotrend | zappix | airties | <intek | sunniwell | gi itv";

// Boxes that operators hand out. Their apps bear the same names, so that a telephone's string does not count.
inline constexpr word_list operator_boxes =
    "sky q | skyq | (sky, | (sky_ | skystb | sky+hd | freebox | <fbx | bouyguestv | bouygteltv | bbox | neufbox"
    "| sfr box | livebox | decodeur | descodificador | vodafone tv | vodafone_tv | gigatv | magentatv"
    "| magenta tv | telekom tv | maxtv | kuki box | swisscom box | timvision | timbox | tim box | telia box"
    "| telia tv | t-we | allente | altibox | get box | com hem | comhem | yousee | viasat | canal digital"
    "| canaldigital | canal+ | canalbox | proximus tv | tadaam | telenet | ziggo | kpn tv | horizon-stb"
    "| liberty global | unitymedia | youview | bt tv | ee tv | talktalk tv | virginmedia | virgin media | now box"
    "| xfinity | comcast | cox contour | spectrum guide | directv | dish network | <hopper | airtv | google fiber"
    "| gfiber | (verizon, | fios tv | altice one | rogers ignite | videotron | fibetv | fibe tv | bell streamer"
    "| optik tv | izzi tv | totalplay | xview | claro box | claro tv | clarotv | oi tv box | meo box"
    "| cosmote tv | digiturk | <d-smart | tivibu | osn box | jawwy | etisalat tv | xstream | tata play | tatasky"
    "| tata sky | jiostb | jio set | act stream | dishtv | hathway | indihome | unifi tv | unifi plus"
    "| astro ultra | singtel tv | trueid tv | trueidtv | ais play | fpt play box | fptplaybox | vtvcab | cignal"
    "| hikaritv | hikari tv | j:com | stw2000 | giga genie | olleh | u+tv | uplustv | fetchtv | fetch tv | foxtel"
    "| dstv | multichoice | startimes | wink box | winkbox | rostelecom | movix | mts tv | (mts) | ttk box"
    "| smotreshka | ntv-plus | domru | beeline tv | beelinetv | megafon tv | evobox | soundbox 4k | polsat"
    "| jambox | skylink | o2 tv | a1 xplore | eon smart | iskon | sunrise tv | simplitv | <antik | <magio"
    "| worldbox";

// Receivers whose players name a model only.
inline constexpr word_list receiver_models =
    "stb | ^b700# | ^b76# | ^b86# | ^b82# | ^zxv10 | ^zte b8 | ^ec6# | ^ec2# | ^q21 | ^q22 | ^uie4# | ^dctiw"
    "| ^dtiw | ^dtaiw | ^diw# | ^dv8# | ^dv9# | ^sei# | ^smt-e | ^smt-c | ^smt-i | ^ks#stb | ^kstb | ^kaon"
    "| ^ip100# | ^vip5# | ^vip7# | ^hg680 | ^e900 | ^cm201 | ^cm101 | ^unt40# | ^m301h | ^m302 | ^mgv2 | ^uzx#"
    "| ^uzw# | ^hp40 | ^hp44 | ^hy44 | ^srt4# | ^srt2# | ^tt01 | ^tt02 | ^st4# | ^xr4# | ^xrs 4# | ^xdsr | red360"
    "| ^gi-# | ^dmt# | ^air7# | ^n7800 | ^nv# | <gs b# | <gs c# | <gs a# | ^iptv> | ott box | ^ott | dvb-"
    "| ^tz-ht | ^tz-lt | ^xa-40 | ^uhd8# | ^c71kw | ^hub24 | ^sagem | ^tvip | ^mag# | ^dune | ^rtk_stb"
    "| hybrid box | decoder | ^bko- | ^bhx- | ^bfx- | ^bip- | ^uhd_ | ^jstb | ^ltstb | ^gen9 | ^im2100 | ^se800"
    "| ^catv | ^swp | ^dtv stb | ^movistar | ^izzi | ^flow | ^sdott | ^gi # | ^gi i";

// Names that operators put on boxes, sticks and telephones: they count beside a word for a box.
inline constexpr word_list operators =
    "<mts> | <o2> | <t2> | tele2 | vodafone | orange | telia | telenor | beeline | megafon | <ttk | rostelecom"
    "| <wink | domru | <akado | <volia | kyivstar | <triolan | magenta | t-mobile | telekom | swisscom | sunrise"
    "| <salt> | proximus | <voo> | kpn> | ziggo | <elisa | <dna> | <stofa | <waoo | fastweb | <tim> | tiscali"
    "| windtre | movistar | <meo> | <nos> | claro | <vivo tv | <tigo | <entel | <etb> | <izzi | <antel"
    "| telecentro | airtel | <jio | <act> | <stc> | <zain | ooredoo | omantel | turkcell | turksat | cosmote"
    "| <cyta | primetel | <partner | cellcom | <yes> | <osn> | singtel | starhub | maxis | unifi> | celcom"
    "| <true> | <ais> | <3bb | viettel | vnpt | <fpt | <sctv | indihome | biznet | transvision | docomo | skylife"
    "| telstra | optus | <bell> | telus | rogers | cogeco | verizon | spectrum | <sfr> | bouygues | <upc>"
    "| vectra | <netia | <inea | polsat | <canal | skylink | <mtel | vivacom | bulsatcom | yettel | telemach"
    "| telekabel | kabel | cable | <zala | dialog | <slt> | dishhome | worldlink | pldt | <globe> | <kbro | hkbn"
    "| pccw | lifestream | <24tv | <sweet";

// Platforms of television sets, dongles, consoles and signage that leave no doubt.
inline constexpr word_list television_platforms =
    "smart-tv | smarttv | smart tv | smart_tv | smart%20tv | hbbtv | hybridcast | web0s | webos.tv | webostv"
    "| webos tv | webos-tv | webos; linux | netcast | large screen | lg browser | lgsmarttv | nettv | philipstv"
    "| philips-avm | philips_ols | viera | bravia | vidaa | aquosbrowser | aquos-as | aquos-tv | (dtv | <dtv>"
    "| inettvbrowser | (tv; | maple# | maple_# | maple # | smarthub | tv safari | safari/537.36 tv"
    "| safari/538.1 tv | (lite) tv | samsungtv | samsung tv | loewe | vestel | vstvb | toshibatp | toshiba-tp"
    "| toshibatv | espial | netrangemmh | ce-html | opera tv | operatv | <sraf/ | <omi/ | coolita | zeasn"
    "| <tbrowser | whaleos | whaletv | titanos | titan os | tivoos | tivo os | roku | vizio | smartcast | crkey"
    "| chromecast | googletv | google tv | <gtv# | appletv | apple tv | apple%20tv | tvos | atv os x"
    "| playstation | <ps3 | <ps4 | <ps5 | nintendo wii | wiiu | nintendo switch | libnup | xbox | ouya"
    "| dreamcast | sega saturn | dreampassport | planetweb | brightsign | samsung ssp | signageos | spinetix"
    "| xibo | boxee | sonycebrowser | sonybdp | sonydtv | bdplayer | <bdp | netflix/ | oregan/ | oreganmedia"
    "| avdn/ | avui/tv | machblue | zetakey | awox | uid( | <mwb/ | popcorn hour | wdtv | wd tv | sezmi | vudu"
    "| hisense tv | hisense_tv | skyworth tv | netfrontnx | ps3application | fire tv | firetv | android tv"
    "| androidtv | android_tv | android-tv | android/tv | leanback | rutubetv | tpapi | (aft | ;aft | ; aft"
    "| jointspace | saphi | xumo | foxxum | tvstore | smartview; | lge; tv | antgalio | freeview | fvc/"
    "| skyglass | sky glass | sigmadesigns | westerndigital | segasaturn | aquos-dmp | dlnadoc";

// What a television, a stick or a retail box calls itself in its model's name.
inline constexpr word_list box_words =
    "tv | box | stick> | stick_ | dongle | 4k> | 4k_ | uhd | _fhd | -fhd | fhd_ | hdtv | qled | oled | eled"
    "| uled | dled | <led# | led2# | led3# | led4# | led5# | led6# | led7# | led8# | hdmi | <ott> | projector tv"
    "| media player | mediaplayer | streamer> | -le3# | -le4# | -le5# | -le6#";

// Retail boxes and sets that name a model only, and the brands that make nothing but televisions and boxes.
inline constexpr word_list television_models =
    "^aft | <x96 | <x92> | <x88 | <x98 | <x99 max | <h96 | <h98 | <hk1 | t95 | <tx2> | <tx3 | <tx5 | <tx6 | <tx8"
    "| <tx9 | <tx28 | <tx92 | <tx95 | tanix | <mxq | <mxr | <mxiii | mx9pro | <mx9> | <mx10 | <m8s | minim8s"
    "| <m9s | <m96x | <a95x | <a5x | <a95> | q plus | qplus | <q96 | <z69 | <z28 | transpeed | vontar | mecool"
    "| <km1> | <km2 | <km3> | <km6 | <km7> | <km8> | <km9> | <kiii | <kii pro | <ki pro | <ki plus | bb2 pro"
    "| beelink | <gt1> | <gt1_ | gtking | gt-king | gt king | <gs-king | ugoos | <am3> | <am6> | <am6b | <am8>"
    "| <ut4> | neo-x# | neo-u# | neo x# | neo u# | neo-z | minix | zidoo | himedia | egreat | nexbox | sunvell"
    "| scishion | wetek | probox | g-box | tronsmart | vega s95 | mk808 | mk809 | mk802 | mk818 | mk903"
    "| rikomagic | <rkm | cx-919 | ug802 | measy | mygica | atv# | geniatech | leelbox | pendoo | bqeel"
    "| eachlink | magicsee | alfawise | <v88> | <r69> | yoka | zoomtak | acemax | wechip | kaiboer | 10moons"
    "| mibox | mi box | mitv | magicbox | skyworth | coocaa | changhong | konka | <chiq | amlogic | s905 | s912"
    "| s922 | s802 | s805 | s812 | s928 | rk3188 | rk3229 | rk3318 | rk3328 | rk3528 | rk3566 | allwinner h"
    "| dolphin-fvd | hi3798 | hi3796 | <mbx | stvm# | aosp on r33 | aosp tv | cubox | vorke | docooler | orbsmart"
    "| rombica | iconbit | selenga | artline | harper | <yndx-000 | yandexmodule | <sber | xgimi | jmgo | dangbei"
    "| nokia streaming | honor vision | kant-3 | huawei kant | huawei vision | <tpm# | <qm1# | <tpv | kalley"
    "| iffalcon | starwind | shell | polar_ | polarline | doffler | hartens | vhix | <nvx- | <nwx- | <ulx-"
    "| <lex- | stv- | stv_ | kivi> | kivi_ | ozonehd | tivo stream | <onn | ematic | evolveo smart | hiremco"
    "| redline | evpad | moonbox | svicloud | nexus player | shield android | razer forge | <adt-# | mojo"
    "| gamestick | zappiti | nvidia shield | boxee | hopestar | <ct-8# | inext | invin | dexp u | dexp h"
    "| erisson | shivaki | hi-led | <sl-led | sunwind | telefunken | supra shell | bbk shell | econ> | thtf"
    "| luxor | westinghouse | sceptre | element el | rca scenic | vizio | hisense 4 | hisense 5 | hisense 6"
    "| <vidaa | reference tv | mstar | msd6 | msd3 | mt5# | mt58 | mt96 | mtk9 | realtek rtd | rtd1295 | rtd1395"
    "| <p281 | <p212 | <p201 | <q200 | <q201 | <u211 | <u212 | <t962 | <w400> | <km5 | khadas | <vim2 | <vim3"
    "| <x9s | <h10 play | h616 | h618";

// Players and libraries that only Android has, and its forks, where no device is named.
inline constexpr word_list android_players =
    "okhttp | exoplayer | media3 | stagefright | tivimate | ott navigator | ottnavigator | televizo"
    "| perfectplayer | perfect player | xciptv | iptvcore | purple iptv | smart iptv pro | lineageos | fire os"
    "| fireos | silk/ | silk-accelerated | ; kf | htc streaming player | samsung streaming | lg player";

// Systems of computers, old ones too.
inline constexpr word_list desktop_systems =
    "windows | <win10 | <win32 | <win64 | win16 | win3.1 | <win95 | <win98 | winnt | win9x | <win9 | <win;"
    "| macintosh | mac os | macos | mac_powerpc | macosx | <osx | <mac/ | <mac; | darwin | x11 | linux | ubuntu"
    "| debian | fedora | gentoo | <cros> | chromeos | freebsd | openbsd | netbsd | dragonfly | <bsd | sunos"
    "| solaris | irix | hp-ux | <aix> | osf1 | ultrix | unix | os/2 | beos | haiku | amiga | morphos | <aros>"
    "| risc os | syllable | warp 4 | openvms | nextstep | reactos | serenityos | pearos | msie | electron/"
    "| ms-dos | atari | plan 9 | <win7 | <win8 | <win11";

// Players, browsers and readers of computers that name no system.
inline constexpr word_list desktop_programs =
    "vlc | libmpv | <mpv> | mplayer | winamp | foobar2000 | nsplayer | wmfsdk | windows-media-player | wmplayer"
    "| quicktime | itunes | realplayer | realmedia | musicbee | mediamonkey | aimp | clementine | strawberry"
    "| amarok | rhythmbox | banshee | songbird | audacious | xmms | xine | totem | smplayer | potplayer"
    "| daum player | kmplayer | gom player | mpc-hc | mpc-be | media player classic | j. river | jriver"
    "| screamer radio | radiosure | zune | gpodder | juice/ | winpodder | miro/ | ^lynx | <links | elinks | w3m"
    "| dillo | netsurf | konqueror | galeon | epiphany | ibrowse | aweb | mosaic | webexplorer | cyberdog | icab"
    "| hotjava | arachne | omniweb | tencenttraveler | outlook | thunderbird | eudora | the bat! | postbox"
    "| microsoft office | ms office | skype for business | citrix | liferea | akregator | rssowl | feeddemon"
    "| newsboat | quiterss | gvfs | com.apple.trustd | boto3 | music player daemon | <mpd | handbrake";

}  // namespace streamstats::wire::names
