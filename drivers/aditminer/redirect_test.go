package aditminer

import "net/http"

type redirect string

func (r redirect) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	http.Redirect(w, q, string(r)+q.URL.Path, http.StatusTemporaryRedirect)
}
