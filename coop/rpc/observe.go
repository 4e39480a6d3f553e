package rpc

import (
	"context"
	"runtime/debug"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// unary counts a call and keeps one that panics from taking the others down.
func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (resp any, err error) {
	begun := s.o.Now()
	defer func() { s.o.Observe(methodName(info.FullMethod), status.Code(err).String(), s.o.Now().Sub(begun)) }()
	defer s.caught(info.FullMethod, &err)
	return handle(ctx, req)
}

func (s *Server) streamed(srv any, st grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	begun := s.o.Now()
	defer func() { s.o.Observe(methodName(info.FullMethod), status.Code(err).String(), s.o.Now().Sub(begun)) }()
	defer s.caught(info.FullMethod, &err)
	return handle(srv, st)
}

func (s *Server) caught(method string, err *error) {
	if p := recover(); p != nil {
		s.o.Log.Error("a call failed badly; this is a mistake in adit", "method", method, "panic", p, "stack", string(debug.Stack()))
		*err = status.Error(codes.Internal, "the coordinator made a mistake; its log says which")
	}
}

// methodName is "Register" of the CoopMine service, "Enrol.Join" of another.
func methodName(full string) string {
	if m, ok := strings.CutPrefix(full, "/coopmine.CoopMine/"); ok {
		return m
	}
	service, m, _ := strings.Cut(strings.TrimPrefix(full, "/"), "/")
	return service[strings.LastIndexByte(service, '.')+1:] + "." + m
}
