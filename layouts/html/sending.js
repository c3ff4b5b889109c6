// Inline in the login page: the form is sent only once the server answers; until then the input stays in the page.
(function () {
  "use strict";
  var sending = false;
  document.addEventListener("submit", function (event) {
    event.preventDefault();
    if (sending) return;
    sending = true;
    (function send() {
      var x = new XMLHttpRequest();
      x.open("GET", (document.documentElement.dataset.below || "") + "/alive");
      x.timeout = 5000;
      x.onloadend = function () {
        document.getElementById("away").hidden = x.status > 0 && x.status < 502;
        if (document.getElementById("away").hidden) {
          sending = false;
          event.target.submit();
        } else {
          setTimeout(send, 1000);
        }
      };
      x.send();
    })();
  });
})();
